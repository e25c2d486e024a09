"""What the desk says when there is no card: why, until when, and what to do first."""

from __future__ import annotations

from dataclasses import dataclass

from ui.desk.reading import News
from ui.widgets import isolated


@dataclass(frozen=True, slots=True)
class Words:
    """An empty desk's words. ``goal`` is the page that the button leads to, or "resume"."""

    title: str
    text: str
    action: str = ""
    goal: str = ""
    icon: str = "send"

    @property
    def first(self) -> bool:
        """True where Enter takes the step: nobody is in the rhythm of sending before there is a campaign."""
        return self.goal == "import"


def words(news: News, *, loaded: bool) -> Words:
    """What to say for ``news`` when no card can be shown."""
    here = news.campaign
    if here is None and not loaded:  # nothing is known yet, and so nothing is offered
        return Words("Reading the queue…", "")
    if here is None:
        return Words(
            "Start with a list of people",
            "Import a file or paste numbers, write the first message, start the campaign. Then each press of "
            "Send on this desk sends one text to one person.",
            "Import a list",
            "import",
            "upload",
        )
    name = isolated(here.name, 80)
    if here.state == "draft":
        return Words(
            f"{name} is not started yet",
            "Read its message and its checks, then start it. Starting sends nothing: it lays out the cards.",
            "Open the campaign",
            "campaign",
            "megaphone",
        )
    if here.state == "paused":
        return Words(
            f"{name} is paused",
            f"{here.queued:,} people wait in its queue. Nothing leaves until you resume it.",
            "Resume",
            "resume",
            "pause",
        )
    if here.state == "done" or not here.queued:
        return Words(
            "Everyone has been texted",
            f"{name} has nobody left in its queue. Answers come to the inbox.",
            "Go to replies",
            "inbox",
            "check-check",
        )
    if not loaded:
        return Words("Reading the queue…", "")
    return Words("Nobody can be texted right now", _held(news), "Go to replies", "inbox", "clock")


def _held(news: News) -> str:
    count = news.held or (news.campaign.queued if news.campaign is not None else 0)
    first = next((row for row in news.coming if row.badge), None)
    people = "1 person is" if count == 1 else f"{count:,} people are"
    text = f"{people} held: outside their hours, texted enough for now, or their consent is over."
    if first is not None:
        text += f" Next: {isolated(first.name, 60)}, {first.local_time} there, {first.badge}"
        text += f" ({first.held.here} on your clock)." if first.held.here else "."
    return text + " They come back to the desk by themselves, or when a new consent is noted."
