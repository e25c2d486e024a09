"""Whether a reply asks to be left alone: HARD at once, HOLD for a person, HINT as a warning, or NONE.

HARD is :mod:`app.people.matching`, and it alone acts without a person. HOLD freezes the number until a
person has decided. What only looks like an opt-out ("stop by at five") is cut out first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from app.conversations.triage import words
from app.conversations.triage.words import Language, Plain
from app.people import matching

HARD, HOLD, HINT, NONE = "HARD", "HOLD", "HINT", "NONE"
ORDER = (NONE, HINT, HOLD, HARD)

_STOP_SIGNS = frozenset("🛑✋🚫⛔")
#: S2: words of a short text of which one is enough.
_SHORT = re.compile(
    r"(?<!\w)(?:stop+|stoppen|stoppt|stoped|stopit|unsubscribe\w*|unsub|optout|opt"
    r"|remove\w*|quit|cancel\w*|revoke|pare|parar|paren|parem|baja|sair|alto|basta|arret\w*|desabonn\w*|desinscri\w*|abmeld\w*|austrag\w*"
    r"|aufhoren|stoppen|afmelden|uitschrijven|koniec|wypisz|descadastr\w*|desuscri\w*)(?!\w)"
)
_SHORT_WORDS = 4
#: S3: what is typed for STOP with a neighbouring key, a swap, or a letter too few or too many.
#: Slips that no neighbouring key explains, seen often.
_SLIPS = frozenset(
    {"stob", "stoo", "stap", "stahp", "stpp", "sotp", "tsop", "stoopp", "vaja", "unsuscrip", "stoped"}
)
_TYPO_OF = (
    "stop",
    "unsubscribe",
    "optout",
    "arret",
    "stopp",
    "abmelden",
    "cancelar",
    "descadastrar",
    "desabonner",
)
_REAL_WORDS = frozenset(
    {"step", "shop", "slop", "stoop", "spot", "sto", "top", "stow", "atop", "tops", "post", "opts", "stomp"}
    | {"strop", "stops", "sop", "soap", "crop", "drop", "flop", "prop", "chop", "stock", "story", "store"}
    | {"stood", "soup", "swap", "snap", "strap", "stamp", "stump", "storm"}
)
_NEIGHBOURS = {
    "s": "adwxze", "t": "rfgy56", "o": "ipkl09", "p": "ol0", "u": "yi78jh", "n": "bmhj", "b": "vngh",
    "c": "xvdf", "r": "etdf45", "i": "uojk89", "e": "wrsd34", "a": "qwsz", "m": "njk", "d": "sfexc",
    "l": "kop",
}  # fmt: skip
_NEGATED = re.compile(
    r"(?<!\w)(?:dont|do not|never|please dont|wont|not|no|ne|nicht|nao) (?:you )?(?:ever )?"
    r"(?:stop|quit|remove|delete|unsubscribe|take me off|opt me out"
    r"|me den de baja|me des de baja|paren|pare|dejen|deje|arretez|aufhoren|parem)(?!\w)"
)
_NOT_YOU = re.compile(
    r"(?<!\w)(?:reply|text|send|type|responda|envie|envoyez|repondez|antworten sie mit) (?:with )?stop(?!\w)"
)

_ASKS_ABOUT = re.compile(
    r"(?<!\w)(?:do i|if i|should i|can i|what happens|que pasa si|wenn ich|si je|se eu)(?!\w)"
)


#: What people write of when a number is another person's: only with one of them may the model say so.
_OTHERS = re.compile(
    r"(?<!\w)(?:numbers?|num|nr|phone|cell|sim|wrong|wrng|person|knows?|names?|named|called|nobody|no one"
    r"|owner|family|grade|minor|kid|child|old|years|yrs|numero|celular|cel|chip|telefon\w*|telemovel|persona|pessoa|conozco"
    r"|conheco|anos|menor|personne|connais|ans|portable|nummer|handy|kenne?|heisse|jahre|equivoc\w*|engan\w*"
    r"|trompe\w*|erreur|falsch\w*|verwahlt|sbagliat\w*|verkeerd|pomylka|numer)(?!\w)"
)

#: How a hint begins that asks the way out, or what an opt-out would do: it wins over a hold.
_ASKING = (
    "how ", "where ", "what ", "is there ", "if i ", "will i ", "did i ", "who ", "why ",
    "como ", "donde ", "que ", "si ", "de donde ", "quien ", "por que ", "porque ",
    "comment ", "ou ", "qui ", "pourquoi ",
    "wie ", "wo ", "was ", "woher ", "wer ", "warum ", "wenn ich ", "verlier",
    "onde ", "o que ", "se eu ", "quem ", "hoe ", "waar ",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tier:
    """``tier`` with the ``rule`` that found it, the words that did (``said``), and a sentence why."""

    tier: str
    rule: str = ""
    said: str = ""
    why: str = ""


_NOTHING = Tier(NONE)


def of(text: str, form: Plain | None = None, *, asked: str = "") -> Tier:
    """The tier of one inbound text; ``asked`` is our own last text to that number, where there is one."""
    verdict = matching.classify(text)
    if verdict.tier == matching.HARD:
        return Tier(HARD, verdict.rule, text[slice(*verdict.span)], verdict.why)
    form = form or words.plain(text)
    if verdict.tier == matching.LIFT:
        return Tier(NONE, verdict.rule, text.strip(), verdict.why)
    if _only_signs(text):
        return Tier(HOLD, "S4", text.strip(), "It is only a stop sign.")
    if asked and form.words and _offered(form.words, asked):
        return Tier(HOLD, "S6", form.words, "Our last text offered this answer as a way out.")
    if not form.words:
        return _NOTHING
    return _spoken(form)


def _spoken(form: Plain) -> Tier:
    known = words.languages()
    spoken = words.spoken(form.words)
    if any(known[name].automatic.search(form.folded) for name in spoken):
        return _NOTHING
    found = _NOTHING
    tongues = [known[name] for name in dict.fromkeys((*spoken, "en"))]
    sentences = [_cut(sentence, tongues) for sentence in form.sentences]
    length = sum(len(sentence.split()) for sentence in form.sentences)
    for sentence in sentences:
        if sentence:
            found = _higher(found, _of_sentence(sentence, tongues, length))
    return found


def unguarded(form: Plain) -> Plain:
    """The text without what only looks like an opt-out; the same text where there is nothing of it."""
    known = words.languages()
    tongues = [known[name] for name in dict.fromkeys((*words.spoken(form.words), "en"))]
    told = (sentence for sentence in form.sentences if not _NOT_YOU.search(sentence))
    left = tuple(filter(None, (_cut(sentence, tongues) for sentence in told)))
    return form if left == form.sentences else Plain(form.folded, " . ".join(left), left)


def of_another(form: Plain) -> bool:
    """Whether the text speaks of numbers, names or age, as people do whose number is not who we think."""
    return bool(_OTHERS.search(form.words))


def about(form: Plain) -> str:
    """The word that a wish to be left alone could be about; "" for none."""
    known = words.languages()
    tongues = [known[name] for name in words.spoken(form.words)]
    for sentence in form.sentences:
        for language in tongues:
            hit = language.about.search(sentence)
            if hit is not None:
                return hit.group()
    return ""


def _cut(sentence: str, tongues: list[Language]) -> str:
    for language in tongues:
        sentence = language.guards.sub(" ", sentence)
    return " ".join(sentence.split())


def _of_sentence(sentence: str, tongues: list[Language], length: int) -> Tier:
    if _NOT_YOU.search(sentence):
        asks = _ASKS_ABOUT.search(sentence)
        return Tier(HINT, "N2", sentence, "It asks what an opt-out word does.") if asks else _NOTHING
    how = _how(sentence, tongues)
    if _NEGATED.search(sentence):
        return Tier(HINT, "N1", sentence, "It speaks of stopping, but says not to.")
    for language in tongues:
        stays = language.keep.search(sentence)
        if stays is not None:
            return Tier(HINT, "N1", stays.group(), f"It says “{stays.group()}”: they may want to stay.")
    held = _hold(sentence, tongues, length)
    if held is not None:
        if how:
            return Tier(HINT, "N2", how, "It asks how to get out.")
        return held
    for language in tongues:
        hint = language.hints.search(sentence)
        if hint is not None:
            return Tier(HINT, "N3", hint.group(), f"It says “{hint.group()}”.")
    return _NOTHING


def _how(sentence: str, tongues: list[Language]) -> str:
    """The words that ask how to get out; "" for none."""
    for language in tongues:
        for hint in language.hints.finditer(sentence):
            if hint.group().startswith(_ASKING):
                return hint.group()
    return ""


def _hold(sentence: str, tongues: list[Language], length: int) -> Tier | None:
    for language in tongues:
        hit = language.hold.search(sentence)
        if hit is not None:
            return Tier(HOLD, "S1", hit.group(), f"It says “{hit.group()}”, which may ask for no more texts.")
    for language in tongues:
        hit = language.wrong.search(sentence)
        if hit is not None:
            return Tier(
                HOLD, "S5", hit.group(), f"It says “{hit.group()}”: another person may have this number."
            )
    if length <= _SHORT_WORDS:
        hit = _SHORT.search(sentence)
        if hit is not None:
            return Tier(HOLD, "S2", hit.group(), f"A short text with “{hit.group()}”.")
        if length == 1 and _is_typo(sentence):
            return Tier(HOLD, "S3", sentence, f"“{sentence}” may be a mistyped opt-out word.")
    return _phrase(sentence)


@cache
def _phrases() -> tuple[frozenset[str], int]:
    phrases = matching.opt_out_phrases()
    return phrases, max(len(phrase.split()) for phrase in phrases)


def _phrase(sentence: str) -> Tier | None:
    """Whether a phrase that would opt out by itself stands somewhere in the sentence."""
    phrases, longest = _phrases()
    tokens = sentence.split()
    for start in range(len(tokens)):
        for end in range(start + 2, min(len(tokens), start + longest) + 1):
            part = " ".join(tokens[start:end])
            if part in phrases:
                return Tier(HOLD, "S1", part, f"It says “{part}”, with more beside it.")
    return None


def _only_signs(text: str) -> bool:
    signs = [
        c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cf", "Mn", "Me", "Sk", "Po")
    ]
    return bool(signs) and all(c in _STOP_SIGNS for c in signs)


def _offered(answer: str, asked: str) -> bool:
    """S6: the answer is a digit that our own last text offered beside an opt-out word."""
    if answer not in "0123456789" or len(answer) != 1:
        return False
    form = words.plain(asked).words
    way = r"(?:stop|opt out|unsubscribe|be removed|leave|baja|salir|arreter|abmelden|sair|no more)"
    return bool(re.search(rf"(?<!\w){answer} (?:\w+ ){{0,3}}{way}|{way} (?:\w+ ){{0,4}}{answer}(?!\w)", form))


def _is_typo(word: str) -> bool:
    return word in _SLIPS or (word not in _REAL_WORDS and any(_one_slip(word, wanted) for wanted in _TYPO_OF))


def _one_slip(word: str, wanted: str) -> bool:
    """Whether one slip of a finger makes ``word`` of ``wanted``."""
    if word == wanted or abs(len(word) - len(wanted)) > 1:
        return False
    if len(word) == len(wanted):
        odd = [i for i, (a, b) in enumerate(zip(word, wanted, strict=True)) if a != b]
        if len(odd) == 1:
            return word[odd[0]] in _NEIGHBOURS.get(wanted[odd[0]], "")
        swapped = len(odd) == 2 and odd[1] == odd[0] + 1
        return swapped and word[odd[0]] == wanted[odd[1]] and word[odd[1]] == wanted[odd[0]]
    longer, shorter = (word, wanted) if len(word) > len(wanted) else (wanted, word)
    if len(wanted) < 7 and len(word) < len(wanted):
        return False
    if len(wanted) < 7:
        # A doubled or neighbouring extra key: "stopp", "stopo".
        return any(
            longer[:i] + longer[i + 1 :] == shorter
            and longer[i] in {*_NEIGHBOURS.get(longer[i - 1], ""), longer[i - 1], *"'"}
            for i in range(1, len(longer))
        )
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def _higher(one: Tier, other: Tier) -> Tier:
    return other if ORDER.index(other.tier) > ORDER.index(one.tier) else one
