"""What one key of a canned reply brings besides its text, until the text is sent or it is taken back."""

from __future__ import annotations

from dataclasses import dataclass

from app.conversations.canned import Action, Offered
from app.conversations.following import Following
from ui.widgets import one_line


@dataclass(frozen=True, slots=True)
class Gesture:
    """``before`` is what was typed when the key was pressed, ``text`` what it filled in."""

    text: str
    before: str = ""
    tag: str = ""
    option_id: int | None = None
    answer: str = ""
    action: Action = ""

    @property
    def following(self) -> Following:
        """What is to be done after the send."""
        return Following(self.tag, self.option_id, self.action == "done")

    @property
    def words(self) -> str:
        """What goes with it: "answer Yes, tag parking, then Done"; "" where the text is all."""
        parts = [f"answer {one_line(self.answer, 40)}"] if self.answer else []
        parts += [f"tag {one_line(self.tag, 40)}"] if self.tag else []
        parts += (
            [{"done": "then Done", "opt_out": "opted out, nothing is sent"}[self.action]]
            if self.action
            else []
        )
        return ", ".join(parts)


def of_reply(offer: Offered, before: str) -> Gesture:
    """The gesture of a canned reply."""
    option = offer.reply.option_id if offer.answer else None
    return Gesture(offer.text, before, offer.reply.tag, option, offer.answer, offer.action)


def chip_words(offer: Offered) -> str:
    """What stands on the button of a canned reply: "3 Parking + tag parking, done"."""
    key = f"{offer.key} " if offer.key else ""
    with_it = [f"answer {offer.answer}"] if offer.answer else []
    with_it += [f"tag {offer.reply.tag}"] if offer.reply.tag else []
    with_it += [{"done": "done", "opt_out": "opt out"}[offer.action]] if offer.action else []
    more = f" + {', '.join(with_it)}" if with_it else ""
    lacks = f" (no {', '.join(offer.missing)})" if offer.missing else ""
    return one_line(f"{key}{offer.reply.label}{more}{lacks}", 60)


def missing_words(offer: Offered, name: str) -> str:
    """Why a reply cannot be filled in for a person."""
    names = " and no ".join(offer.missing)
    return (
        f"{one_line(name)} has no {one_line(names)}, and “{one_line(offer.reply.label)}” needs it. "
        "Nothing was filled in: add it under Details, or choose another reply."
    )
