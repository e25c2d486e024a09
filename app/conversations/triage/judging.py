"""One reply judged: tier, labels, whether a person is needed, and why. Only the tier's rules ever act."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache

from app.conversations.triage import learning, model, tiers, words
from app.conversations.triage.learning import NOTHING, Learned
from app.conversations.triage.model import Guess
from app.conversations.triage.tiers import HARD, HINT, HOLD, NONE, Tier
from app.conversations.triage.words import Plain

#: What a reply can be told to be; safety words come first in every list.
LABELS = ("safety", "hostile", "wrong_number", "question", "negative", "positive", "automatic")
#: How likely the model must find each, and how likely where a rule has found its words too.
_LIMITS = {
    "safety": (0.85, 0.0), "hostile": (0.65, 0.1), "wrong_number": (0.75, 0.15), "question": (0.45, 0.3),
    "positive": (0.45, 0.45), "negative": (0.5, 0.5), "automatic": (0.6, 0.0),
}  # fmt: skip
_RULES = {"safety": "safety", "hostile": "hostile", "wrong_number": "wrong", "question": "asks"}
#: How likely a question must be where there is a question mark, or a word that questions begin with.
_ASKED = 0.12
#: How likely a complaint must be where a rule has found a legal threat, a block or the like.
_COMPLAINS = 0.12
_PERSON = 0.35
#: From where the model lifts a tier: NONE to HINT, and HINT to HOLD.
_RAISE_TO_HINT, _RAISE_TO_HOLD = 0.3, 0.5
#: From where it holds what no rule found: with a word that such a wish is about, and without one.
_HOLDS_WITH, _HOLDS_ALONE = 0.7, 0.85
#: From where it holds a short text (of so many words) that neither agrees nor asks. Who wants to be left
#: alone in words of their own is brief; long texts of friends are what it would hold for nothing, and so are
#: the one or two words that answer a question, of which the model knows nothing.
_HOLDS_BRIEF, _BRIEF, _AGREES = 0.3, range(3, 12), 0.5
#: How much whole words must speak for it, in a brief text and in any: pieces of words that it has never seen
#: ("slide is", "Policy number") sound like anything.
_WORDED_BRIEF, _WORDED = 0.5, 0.0
#: Texts up to so many characters are remembered for a while: people answer with the same few words.
_REMEMBERED = 200
#: From where it holds a text as another person's number.
_HOLDS_AS_WRONG = 0.9
#: Words that ask, alone in a text, who writes and how to get out: no danger, and no yes.
_HELP = frozenset({"help", "info", "aide", "ayuda", "hilfe", "ajuda"})
HELPED = "It asks who writes, and how to get out."
_WORDS_FOR = {
    "safety": "someone may be in danger", "hostile": "hostile", "wrong_number": "another person's number",
    "question": "a question", "positive": "positive", "negative": "negative",
    "automatic": "written by a machine",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgement:
    """``labels`` in the order of :data:`LABELS`; ``score`` sorts those who need a person (1 = surely)."""

    text: str
    tier: str
    labels: tuple[str, ...]
    needs_person: bool
    reason: str
    rule: str = ""
    said: str = ""
    score: float = 0.0

    @property
    def noise(self) -> bool:
        """Whether a machine wrote it and nobody needs to answer: it is folded, and makes no thread wait."""
        return self.labels == ("automatic",) and self.tier == NONE


def judge(text: str, *, asked: str = "", learned: Learned = NOTHING) -> Judgement:
    """Judge one inbound text; ``asked`` is our own last text to that number. No text makes it raise.

    ``learned`` is what this office's corrections taught: it moves labels, and never the tier.
    """
    seen = _seen if asked or len(text) > _REMEMBERED else _remembered
    form, tier, found, guess = seen(text, asked)
    guess = learning.shifted(guess, form, learned)
    labels = _labels(form, tier, found, guess)
    person = guess.likely["person"]
    machine = labels == ("automatic",)
    marks = {"safety", "hostile", "wrong_number", "question"}.intersection(labels)
    asked_help = form.words in _HELP
    unsure = tier.tier != HARD and form.words and person >= _PERSON
    needs = not machine and bool(tier.tier in (HOLD, HINT) or marks or asked_help or unsure)
    return Judgement(
        text=text,
        tier=tier.tier,
        labels=labels,
        needs_person=needs,
        reason=HELPED if asked_help else _reason(tier, labels, found, guess, needs=needs),
        rule=tier.rule,
        said=tier.said,
        score=2.0 if "safety" in labels else 0.0 if machine else max(person, float(tier.tier == HOLD)),
    )


def _seen(text: str, asked: str) -> tuple[Plain, Tier, dict[str, str], Guess]:
    """What does not hang on what this office taught. Nobody changes the values."""
    form = words.plain(text)
    tier = tiers.of(text, form, asked=asked)
    found = _rules(form)
    guess = model.guess(form)
    if not {"automatic", "safety"}.intersection(_labels(form, tier, found, guess)):
        tier = _raised(tier, guess, form)
    return form, tier, found, guess


_remembered = lru_cache(maxsize=256)(_seen)


def _rules(form: Plain) -> dict[str, str]:
    """Label -> the words of its rule."""
    known = words.languages()
    found: dict[str, str] = {}
    for name in words.spoken(form.words):
        for label, kind in _RULES.items():
            hit = getattr(known[name], kind).search(form.words)
            if hit is not None:
                found.setdefault(label, hit.group())
        hit = known[name].automatic.search(form.folded)
        if hit is not None:
            found.setdefault("automatic", hit.group())
    return found


def _labels(form: Plain, tier: Tier, found: dict[str, str], guess: Guess) -> tuple[str, ...]:
    chosen = {
        label
        for label, (alone, helped) in _LIMITS.items()
        if guess.likely[label] >= (helped if label in found else alone)
    }
    if tier.rule == "S5":
        chosen.add("wrong_number")
    elif "wrong_number" in chosen and not tiers.of_another(tiers.unguarded(form)):
        chosen.discard("wrong_number")
    if "?" in form.folded or any(
        words.languages()[name].asks.match(form.words) for name in words.spoken(form.words)
    ):
        chosen |= {"question"} if guess.likely["question"] >= _ASKED else set()
    if tier.rule == "N3" and guess.likely["negative"] >= _COMPLAINS and guess.likely["question"] < _ASKED:
        chosen.add("negative")
    if "automatic" in chosen:
        return ("automatic",)
    if {"positive", "negative"} <= chosen:
        chosen.discard(min("positive", "negative", key=lambda label: guess.likely[label]))
    if form.words in _HELP:
        chosen &= {"question"}
    if tier.tier == HARD or (tier.tier == HOLD and guess.likely["positive"] < 0.6):
        chosen.discard("positive")
    return tuple(label for label in LABELS if label in chosen)


def _raised(tier: Tier, guess: Guess, form: Plain) -> Tier:
    """The tier raised where the model is sure; never lower, and never HARD.

    A hold that is wrong costs one click, a wish that nobody saw costs a law suit: so the model may hold.
    """
    likely = guess.likely["opt_out"]
    if tier.tier == HINT and tier.rule == "N3" and likely >= _RAISE_TO_HOLD:
        return dataclasses.replace(
            tier, tier=HOLD, rule="M2", why=f"{tier.why} It reads like a wish to be left alone."
        )
    if tier.tier != NONE or tier.rule:
        return tier
    left = tiers.unguarded(form)
    if left is not form:
        form, guess = left, model.guess(left)
        likely = guess.likely["opt_out"] if left.words else 0.0
    brief = likely >= _HOLDS_BRIEF and _is_brief(form, guess)
    worded = guess.worded >= _WORDED
    if brief or (worded and likely >= _HOLDS_WITH):
        about = tiers.about(form)
        if about:
            return Tier(HOLD, "M3", about, f"It reads like a wish to be left alone, and says “{about}”.")
    told = ", ".join(guess.because.get("opt_out", ()))
    why = f"It reads like a wish to be left alone{f': “{told}”' if told else ''}."
    if brief or (worded and likely >= _HOLDS_ALONE):
        return Tier(HOLD, "M4", told or form.words[:60], why)
    if guess.likely["wrong_number"] >= _HOLDS_AS_WRONG and tiers.of_another(form):
        told = ", ".join(guess.because.get("wrong_number", ()))
        why = f"It reads like another person's number{f': “{told}”' if told else ''}."
        return Tier(HOLD, "S5", told or form.words[:60], why)
    return Tier(HINT, "M1", told, why) if likely >= _RAISE_TO_HINT else tier


def _is_brief(form: Plain, guess: Guess) -> bool:
    agrees = max(guess.likely["positive"], guess.likely["question"]) >= _AGREES
    return len(form.words.split()) in _BRIEF and not agrees and guess.worded >= _WORDED_BRIEF


def _reason(tier: Tier, labels: tuple[str, ...], found: dict[str, str], guess: Guess, *, needs: bool) -> str:
    said = [tier.why] if tier.why else []
    for label in labels:
        if label == "wrong_number" and tier.rule == "S5":
            continue
        told = found.get(label) or ", ".join(guess.because.get(label, ()))
        said.append(
            f"{_WORDS_FOR[label].capitalize()}: “{told}”." if told else f"{_WORDS_FOR[label].capitalize()}."
        )
    if needs and not said:
        told = ", ".join(guess.because.get("person", ()))
        said.append(f"It may need a person: “{told}”." if told else "It may need a person.")
    return " ".join(said) or "Nothing in it asks for anything."
