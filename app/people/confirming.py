"""The two texts an office keeps ready for people who write STOP or HELP: what they say, in which language.

Neither leaves by itself. They are prepared in a thread and wait for a person's press; the confirmation of
an opt-out is off until a manager turns it on (47 CFR 64.1200(a)(12): one text, no marketing, five minutes).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal

import sqlalchemy as sa

from app.conversations.triage import words
from app.people import matching
from app.store.engine import Store, Unit
from app.store.tables import office_setting
from modem import sms

KEY = "texts on opting out"
Prepared = Literal["confirmation", "help"]

LANGUAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "English", "es": "Spanish", "fr": "French", "de": "German", "pt": "Portuguese", "it": "Italian",
        "nl": "Dutch",
    }
)  # fmt: skip
#: Whoever writes just one of these asks who is writing to them; "" is of no one language.
HELP_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {"help": "en", "info": "", "aide": "fr", "ayuda": "es", "hilfe": "de", "ajuda": "pt"}
)
#: What each says where an office wrote nothing of its own: letters of the GSM 7-bit alphabet alone, so that
#: an office's name of usual length leaves them in one segment.
CONFIRMATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "{office}: you are opted out and will get no more texts from us.",
        "es": "{office}: su baja queda registrada. No le enviaremos otros mensajes.",
        "fr": "{office} : c'est noté, vous ne recevrez plus de SMS de notre part.",
        "de": "{office}: Sie sind abgemeldet und erhalten keine SMS mehr von uns.",
        "pt": "{office}: seu cadastro foi cancelado. Nenhuma outra mensagem vai chegar.",
        "it": "{office}: la cancellazione è registrata. Non riceverà altri messaggi.",
        "nl": "{office}: u bent afgemeld en krijgt geen sms meer van ons.",
    }
)
HELPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": "{office}: {purpose} Reply STOP to get no more texts.",
        "es": "{office}: {purpose} Responda STOP para darse de baja.",
        "fr": "{office} : {purpose} Répondez STOP pour ne plus recevoir de SMS.",
        "de": "{office}: {purpose} Antworten Sie STOP, um keine SMS mehr zu erhalten.",
        "pt": "{office}: {purpose} Responda STOP para cancelar.",
        "it": "{office}: {purpose} Risponda STOP per non ricevere altri messaggi.",
        "nl": "{office}: {purpose} Antwoord STOP om geen sms meer te krijgen.",
    }
)
SHIPPED: Final[Mapping[Prepared, Mapping[str, str]]] = MappingProxyType(
    {"confirmation": CONFIRMATIONS, "help": HELPS}
)
#: Characters of the names and wordings, and segments of a text as it is sent.
MAX_OFFICE, MAX_PURPOSE, MAX_WORDING = 60, 200, 320
MAX_SEGMENTS: Final[Mapping[Prepared, int]] = MappingProxyType({"confirmation": 2, "help": 4})

_FIELD = re.compile(r"\{(\w*)\}")
_FIELDS: Final = {"confirmation": {"office"}, "help": {"office", "purpose"}}
_LINK = re.compile(
    r"://|\bwww\.|\b[\w-]+\.(?:com|org|net|info|io|co|ly|me|us|uk|ca|de|at|ch|fr|es|it|pt|br|mx|nl)\b",
    re.IGNORECASE,
)
_MARKETING = re.compile(
    r"%|\b(?:sale|discount|offers?|deal|coupon|promo\w*|free|buy|shop|rabatt\w*|angebot\w*|gratis|oferta\w*"
    r"|descuento\w*|desconto\w*|soldes?|gratuit\w*|sconto|aanbieding)\b",
    re.IGNORECASE,
)


class ConfirmingError(ValueError):
    """A wording that cannot be kept; the text is for a person. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Texts:
    """What an office set. ``confirms``: a confirmation is prepared after an opt-out by text.

    ``office`` and ``purpose`` fill the wordings in; ``wordings`` are the office's own, by kind and language;
    ``language`` is used where their words tell none.
    """

    confirms: bool = False
    office: str = ""
    purpose: str = ""
    language: str = "en"
    wordings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def wording(self, kind: Prepared, language: str) -> str:
        """The wording of a kind, with its fields still in it: the office's own, else the shipped one."""
        own = self.wordings.get(kind, {}).get(language, "")
        return own or SHIPPED[kind].get(language, "") or SHIPPED[kind]["en"]

    def text(self, kind: Prepared, language: str) -> str:
        """The text as it would leave."""
        values = {"office": self.office, "purpose": self.purpose}
        filled = _FIELD.sub(lambda found: values.get(found[1], ""), self.wording(kind, language))
        return " ".join(filled.split())

    def lacks(self, kind: Prepared) -> str:
        """What must be set before there is a text of this kind, as a sentence; "" for nothing."""
        missing = [
            what for name, what in (("office", "who is writing"), ("purpose", "what the texts are for"))
            if name in _FIELDS[kind] and not getattr(self, name)
        ]  # fmt: skip
        return f"Nobody has set {' and '.join(missing)}. A manager does it in Settings." if missing else ""


def load(conn: sa.Connection) -> Texts:
    """What is set; what cannot be read counts as not set."""
    stored = conn.execute(sa.select(office_setting.c.value).where(office_setting.c.key == KEY)).scalar()
    try:
        found = json.loads(stored) if stored else {}
        return _read(found) if isinstance(found, dict) else Texts()
    except (ValueError, TypeError, AttributeError):
        return Texts()


def get(store: Store) -> Texts:
    """The same, read from the store."""
    with store.read() as conn:
        return load(conn)


def _read(found: dict[str, Any]) -> Texts:
    own = found.get("wordings") or {}
    language = str(found.get("language") or "en")
    return Texts(
        confirms=found.get("confirms") is True,
        office=_line(found.get("office"), MAX_OFFICE),
        purpose=_line(found.get("purpose"), MAX_PURPOSE),
        language=language if language in LANGUAGES else "en",
        wordings={kind: texts for kind in SHIPPED if (texts := _wordings(own.get(kind)))},
    )


def _wordings(own: Any) -> dict[str, str]:
    return {each: _line(text, MAX_WORDING) for each, text in dict(own or {}).items() if each in LANGUAGES}


def _line(value: Any, most: int) -> str:
    return " ".join(str(value or "").split())[:most]


def save(store: Store, texts: Texts) -> Texts:
    """Keep it. Raises :class:`ConfirmingError` for what must not be sent to somebody who opted out."""
    checked = _checked(texts)
    value = json.dumps(
        {
            "confirms": checked.confirms,
            "office": checked.office,
            "purpose": checked.purpose,
            "language": checked.language,
            "wordings": {kind: dict(own) for kind, own in checked.wordings.items()},
        },
        ensure_ascii=False,
    )
    with store.write() as unit:
        _put(unit, value)
    return checked


def _put(unit: Unit, value: str) -> None:
    o = office_setting
    if not unit.conn.execute(sa.update(o).where(o.c.key == KEY).values(value=value)).rowcount:
        unit.conn.execute(sa.insert(o).values(key=KEY, value=value))


def _checked(texts: Texts) -> Texts:
    own: dict[str, dict[str, str]] = {kind: {} for kind in SHIPPED}
    for kind in SHIPPED:
        for language, wording in texts.wordings.get(kind, {}).items():
            wording = " ".join(wording.split())
            if language in LANGUAGES and wording and wording != SHIPPED[kind].get(language):
                own[kind][language] = wording
    made = Texts(
        texts.confirms, _line(texts.office, MAX_OFFICE), _line(texts.purpose, MAX_PURPOSE),
        texts.language if texts.language in LANGUAGES else "en", own,
    )  # fmt: skip
    if made.confirms and not made.office:
        raise ConfirmingError("Say first who is writing: a confirmation names the office.")
    for kind in SHIPPED:
        for language in LANGUAGES:
            why = wrong_with(made, kind, language)
            if why:
                raise ConfirmingError(f"{LANGUAGES[language]}: {why}")
    return made


def wrong_with(texts: Texts, kind: Prepared, language: str) -> str:
    """Why a wording cannot be kept, as a sentence; "" where it can."""
    wording = texts.wording(kind, language)
    if len(wording) > MAX_WORDING:
        return f"A wording has {MAX_WORDING} characters at most."
    for found in _FIELD.findall(wording):
        if found not in _FIELDS[kind]:
            known = " and ".join(f"{{{name}}}" for name in sorted(_FIELDS[kind]))
            return f"{{{found}}} is not filled in here; {known} can be."
    text = texts.text(kind, language)
    if kind == "confirmation" and _LINK.search(wording):
        return "A confirmation must have no link: it says that the opt-out stands, and nothing else."
    marketing = _MARKETING.search(wording) if kind == "confirmation" else None
    if marketing is not None:
        return f"A confirmation must not advertise, and “{marketing.group()}” reads like it."
    if len(sms.split(text).segments) > MAX_SEGMENTS[kind]:
        return f"The text takes more than {MAX_SEGMENTS[kind]} segments. Shorten it, or the office's name."
    return ""


# -- what a text of theirs asks for ---------------------------------------------------------------


def asks_for_help(text: str) -> bool:
    """Whether the whole text is HELP or one of its translations; signs, case and accents aside."""
    return len(text) <= 40 and matching.plain(text) in HELP_WORDS


def language_of(text: str, otherwise: str) -> str:
    """The language of their words, of :data:`LANGUAGES`; ``otherwise`` where they do not tell."""
    said = matching.plain(text[:400])
    one = HELP_WORDS.get(said) or _of_keyword().get(said)
    if one is not None:
        return one if one in LANGUAGES else otherwise
    likely = words.spoken(words.plain(text).words)
    told = likely[0] if len(likely) < len(words.LANGUAGES) else ""
    return told if told in LANGUAGES else otherwise


@cache
def _of_keyword() -> Mapping[str, str]:
    """Each opt-out word with its language; those that several languages share, and STOP, tell none."""
    found: dict[str, set[str]] = {}
    for entry in (files("resources") / "optout").iterdir():
        if entry.name.endswith(".toml"):
            for keyword in tomllib.loads(entry.read_text("utf-8"))["keywords"]:
                found.setdefault(matching.plain(keyword), set()).add(entry.name.removesuffix(".toml"))
    return {word: min(names) for word, names in found.items() if len(names) == 1 and word != "stop"}
