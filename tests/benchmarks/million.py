"""A database of a million texts, made in bulk by SQL and the same for the same seed: five languages, both ways.

Five threads have 5,000 texts each, the others a handful; a tenth of all threads waits for an answer. Campaigns,
clicks, answers, tags, errors, judgements, holds, opt-outs, snoozed and assigned threads are there in proportion.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.store.engine import open_store

#: A Friday, 10:42 in Chicago.
NOW = 1_777_045_320.0
YEARS = 3 * 365.25 * 86400
OPERATORS = ("Dana", "Ana", "Jo", "Mika")
LONG, LONG_TEXTS = 5, 5_000
_CHUNK = 20_000

FIRST = (
    "Maria", "James", "José", "Anna", "Léa", "Jürgen", "João", "Fatima", "Chen", "Olga", "Pedro", "Sofía",
    "Lukas", "Émile", "Zoë", "Ngozi", "Amir", "Inês", "Björn", "Carlos", "Grace", "Hannah", "Ivan", "Julia",
    "Karim", "Lucía", "Miguel", "Nadia", "Oscar", "Paula", "Quentin", "Rosa", "Samuel", "Teresa",
)  # fmt: skip
LAST = (
    "Garcia", "Smith", "Müller", "Dupont", "Silva", "Johnson", "Schmidt", "Martin", "Santos", "Lopez",
    "Brown", "Weber", "Bernard", "Oliveira", "Martinez", "Davis", "Fischer", "Petit", "Costa", "Hernandez",
    "Miller", "Meyer", "Durand", "Pereira", "Gonzalez", "Wilson", "Wagner", "Leroy",
)  # fmt: skip
_SYLLABLES = (
    "ba", "ka", "lo", "mi", "ra", "te", "su", "ne", "do", "vi", "ga", "pe", "zo", "ri", "fa", "lu", "sha",
    "mo", "ken", "tor", "bel", "dan", "fi", "gru", "hol", "jas", "kel",
)  # fmt: skip

IN = {
    "positive": (
        "Yes, thank you, {word} works for me", "Sí, perfecto, nos vemos en {word}", "Oui, très bien, à {word}",
        "Ja, gerne, bis {word}", "Sim, obrigado, pode ser em {word}", "Sounds good", "Claro", "OK",
    ),
    "negative": (
        "No, not this time, sorry", "No puedo ese día, {word} tampoco", "Non, je ne suis pas disponible",
        "Nein, das passt mir leider nicht wegen {word}", "Não posso, tenho {word} nesse dia", "Nope",
    ),
    "question": (
        "What time does the clinic on {word} street open?", "¿A qué hora es la cita en {word}?",
        "Est-ce que je peux changer le rendez-vous du {n}?", "Wo ist die Praxis, in der {word} Straße?",
        "Qual é o endereço? Fica perto de {word}?", "Can I bring my daughter {word}?",
    ),
    "question negative": ("Why do you keep asking about {word}? No", "Pourquoi {word}? Non",),
    "wrong_number": ("Wrong number, this is not {first}", "Número equivocado, no soy {first}"),
    "automatic": ("I'm driving right now, I'll reply later", "Liked “See you at {n}”", "Ich bin im Urlaub bis {n}"),
    "hostile": ("Who the hell is {word}, leave me alone",),
    "": (
        "I am at {word} {word2} until {n}", "Voy a llegar con {word} a las {n}", "{word} {n}", "See you",
        "Mein Sohn {first} kommt mit {word} und {word2}", "Le code est {n} {word}", "Minha mãe {first} já sabe {word}",
    ),
}  # fmt: skip
OUT = (
    "Hi {first}, this is {op} from Lakeside Clinic. Does {day} at {h}:30 suit you? Reply STOP to opt out.",
    "Hola {first}, soy {op} de la clínica. ¿Le viene bien el {day} a las {h}:30? Responda STOP para salir.",
    "Bonjour {first}, ici {op}. Est-ce que {day} à {h}h30 vous convient ? STOP pour ne plus recevoir.",
    "Guten Tag {first}, hier ist {op} von der Praxis. Passt {day} um {h}:30 Uhr? STOP zum Abmelden.",
    "Olá {first}, aqui é {op} da clínica. {day} às {h}:30 fica bem? Responda STOP para sair.",
)
REPLY = (
    "Thank you {first}, see you at {word}.", "Gracias {first}, el código es {n}.", "Merci {first}, à {word}.",
    "Danke {first}, wir sehen uns.", "Obrigado {first}, até {word}.", "We are at {n} {word} road, by the {word2} park.",
)  # fmt: skip
DAYS = ("Monday", "martes", "mercredi", "Donnerstag", "sexta-feira")
ERRORS = (
    ("CMS 38", "the network was busy"),
    ("CMS 500", "the network gave no reason"),
    ("CMS 21", "rejected"),
)
TAGS = (
    "volunteer", "donor", "member", "lapsed", "vip", "spanish", "evening", "weekend", "clinic-a",
    "clinic-b", "school", "parent", "teacher", "nurse", "driver", "host", "canvasser", "yard-sign",
    "petition", "news", "rare",
)  # fmt: skip


@dataclass(slots=True)
class Plan:
    """What stands in the database that was built; ``threads`` are ids of ordinary ones."""

    messages: int
    conversations: int
    long: tuple[int, ...]
    ordinary: tuple[int, ...]
    rare: str = "quxzolander"
    counts: dict[str, int] = field(default_factory=dict)


class _Words:
    """Words as in life: a few are everywhere, most are rare."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.all = tuple(
            "".join(rng.choice(_SYLLABLES) for _ in range(2 + n % 3)) + (str(n) if n % 7 == 0 else "")
            for n in range(40_000)
        )

    def one(self) -> str:
        return self.all[int(len(self.all) ** self._rng.random()) - 1]


def build(folder: Path, messages: int = 1_000_000, seed: int = 5) -> Plan:
    """Make the database in ``folder``, which must not have one yet. Two to three minutes a million."""
    rng = random.Random(seed)
    store = open_store(folder)
    raw = store.engine.raw_connection()
    try:
        cursor = raw.cursor()
        for pragma in (
            "foreign_keys=OFF",
            "synchronous=OFF",
            "cache_size=-200000",
            "wal_autocheckpoint=200000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        later = cursor.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type = 'trigger' OR "
            "(type = 'index' AND tbl_name IN ('message', 'conversation', 'contact', 'answer', 'click', 'inbound_part')))"
        ).fetchall()
        for kind, name, _sql in later:
            cursor.execute(f"DROP {kind} {name}")
        cursor.execute("BEGIN")
        plan = _Builder(cursor, rng, messages).fill()
        for _kind, _name, sql in later:
            cursor.execute(sql)
        cursor.execute("INSERT INTO message_text(message_text) VALUES ('rebuild')")
        cursor.execute("COMMIT")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()
        store.close()
    return plan


class _Builder:
    def __init__(self, cursor: Any, rng: random.Random, messages: int) -> None:
        self.cursor, self.rng, self.messages = cursor, rng, messages
        self.words = _Words(rng)
        self.conversations = max(10, messages // 5)
        self.campaigns = 40

    def fill(self) -> Plan:
        self._small()
        sizes = self._sizes()
        order = self._order(sizes)
        heads = self._messages(order)
        self._heads(heads)
        long = tuple(range(1, LONG + 1)) if self.messages >= 100_000 else ()
        ordinary = tuple(range(LONG + 1, self.conversations + 1))
        plan = Plan(len(order), self.conversations, long, ordinary)
        for name in ("message", "conversation", "judgement", "hold", "opt_out", "answer", "contact_tag"):
            plan.counts[name] = self.cursor.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        return plan

    def _many(self, table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * (columns.count(",") + 1))
        self.cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)

    # -- what stands beside the texts -----------------------------------------------------------

    def _small(self) -> None:
        rng = self.rng
        self._many("line", "id, name, url, created_at, enabled", [(1, "Office SIM", "/dev/null", 0.0, 0)])
        self._many(
            "campaign",
            "id, name, state, texter, created_at",
            [
                (n, f"{DAYS[n % 5]} {('clinic', 'school', 'survey', 'petition')[n % 4]} {2023 + n // 14}", "done",
                 "Dana", NOW - YEARS)
                for n in range(1, self.campaigns + 1)
            ],
        )  # fmt: skip
        self._many("tag", "id, name, folded", [(n, name, name) for n, name in enumerate(TAGS, 1)])
        self._many(
            "question", "id, campaign_id, position, text", [(n, n, 0, "Will you come?") for n in range(1, 21)]
        )
        people = [n for n in range(1, self.conversations + 1) if n % 20 < 17]
        rows = []
        for n in people:
            first, last = rng.choice(FIRST), f"{rng.choice(LAST)}{self.words.one()[:3] if n % 3 else ''}"
            rows.append((n, number(n), f"{first} {last}", first, last, NOW, NOW, "es" if n % 5 == 1 else ""))
        self._many(
            "contact", "id, number, name, first_name, last_name, created_at, updated_at, language", rows
        )
        self.first = {row[0]: row[3] for row in rows}
        tags = [(1 + rng.randrange(len(TAGS) - 1), n) for n in people if n % 2]
        tags += [(len(TAGS), n) for n in people[:: max(1, len(people) // 3)]]
        self._many("contact_tag", "tag_id, contact_id", sorted(set(tags)))
        answers = [
            (1 + n % 20, 1 + n % 20, number(n), rng.choice(("Yes", "No", "Maybe", "Strong supporter", f"n{n % 99}")),
             NOW - rng.random() * YEARS, rng.choice(OPERATORS))
            for n in range(1, self.conversations + 1)
            if n % 2
        ]  # fmt: skip
        answers[:: max(1, len(answers) // 6)] = [
            (*row[:3], "Only by bus", *row[4:]) for row in answers[:: max(1, len(answers) // 6)]
        ]
        self._many("answer", "question_id, campaign_id, number, value, at, operator", answers)

    # -- texts ----------------------------------------------------------------------------------

    def _sizes(self) -> list[int]:
        """How many texts each thread has."""
        long = LONG if self.messages >= 100_000 else 0
        sizes = [LONG_TEXTS] * long
        rest, left = self.conversations - long, self.messages - LONG_TEXTS * long
        sizes += [self.rng.choice((1, 2, 2, 3, 4, 4, 5, 6, 8, 14)) for _ in range(rest)]
        while sum(sizes) > self.messages:
            sizes[self.rng.randrange(long, len(sizes))] = 1
        short = self.messages - sum(sizes)
        for _ in range(max(0, short)):
            sizes[self.rng.randrange(long, len(sizes))] += 1
        assert left > 0
        return sizes

    def _order(self, sizes: list[int]) -> list[tuple[float, int, int]]:
        """(when, thread, which of its texts), as time goes by."""
        rng, found = self.rng, []
        for thread, size in enumerate(sizes, 1):
            if size == LONG_TEXTS:
                found += [(NOW - YEARS * (1 - n / size), thread, n) for n in range(size)]
                continue
            at = NOW - YEARS * rng.random() ** 1.3
            for n in range(size):
                found.append((at, thread, n))
                at = min(at + rng.random() * 90_000, NOW - rng.random() * 3600)
        return sorted(found)

    def _messages(self, order: list[tuple[float, int, int]]) -> dict[int, list[Any]]:
        """Write them; returns for each thread its last text, direction, time, last time in, labels, id in."""
        heads: dict[int, list[Any]] = {}
        for chunk in _chunks(order):
            rows, clicks, judged = [], [], []
            for key, (at, thread, place) in chunk:
                head = heads.setdefault(thread, ["", "", 0.0, None, "", None])
                if place % 2:
                    self._in(rows, judged, head, key, at, thread)
                else:
                    self._out(rows, clicks, head, key, at, thread, place)
            self._many(
                "message",
                "id, direction, number, conversation_id, contact_id, campaign_id, kind, text, state, click_id, line_id, "
                "created_at, clicked_at, claimed_at, settled_at, parts, parts_sent, delivery, error_code, reason",
                rows,
            )
            self._many("click", "id, message_id, operator, at, monotonic, device, text_hash", clicks)
            self._many("judgement", "message_id, tier, labels, needs_person, score, reason", judged)
            # As they came from the SIM: 40 octets of address and header, and the text in seven bits.
            self._many(
                "inbound_part",
                "line_id, storage, slot, pdu, sha256, kind, received_at, deleted_at, sender, sent_at, message_id",
                [
                    (1, "SM", row[0] % 20, f"{row[0]:080x}" + row[7].encode().hex(), f"{row[0]:064x}", "text",
                     row[11], row[11], row[2], row[11], row[0])
                    for row in rows
                    if row[1] == "in"
                ],
            )  # fmt: skip
        return heads

    def _fill(self, text: str, thread: int) -> str:
        rng = self.rng
        return text.format(
            first=self.first.get(thread, "there"), op=rng.choice(OPERATORS), day=rng.choice(DAYS),
            h=rng.randrange(8, 18), n=rng.randrange(10, 99999), word=self.words.one(), word2=self.words.one(),
        )  # fmt: skip

    def _in(
        self, rows: list[Any], judged: list[Any], head: list[Any], key: int, at: float, thread: int
    ) -> None:
        rng = self.rng
        labels = rng.choices(tuple(IN), (30, 15, 20, 2, 3, 5, 1, 24))[0]
        text = self._fill(rng.choice(IN[labels]), thread)
        if key % 100_003 == 7:
            text += " quxzolander"
        person = thread if thread in self.first else None
        rows.append(
            (key, "in", number(thread), thread, person, 1 + thread % self.campaigns, "text", text, "received", None,
             1, at, None, None, at, 1, 1, "", "", "")
        )  # fmt: skip
        judged.append((key, "NONE", labels, "question" in labels, rng.random() * 0.9, "What it says."))
        head[:] = [text[:200], "in", at, at, labels, key]

    def _out(
        self,
        rows: list[Any],
        clicks: list[Any],
        head: list[Any],
        key: int,
        at: float,
        thread: int,
        place: int,
    ) -> None:
        rng = self.rng
        text = self._fill(rng.choice(REPLY if place else OUT), thread)
        failed = rng.random() < 0.02
        error, why = rng.choice(ERRORS) if failed else ("", "")
        rows.append(
            (key, "out", number(thread), thread, thread if thread in self.first else None, 1 + thread % self.campaigns,
             "reply" if place else "first", text, "not_sent" if failed else "sent", key, 1, at, at, at, at, 1, 1,
             "" if failed else "delivered", error, why)
        )  # fmt: skip
        clicks.append((key, key, rng.choice(OPERATORS), at, 0.0, "key:Return", ""))
        head[:3] = [text[:200], "out", at]

    # -- the list ---------------------------------------------------------------------------------

    def _heads(self, heads: dict[int, list[Any]]) -> None:
        rng, rows, waiting = self.rng, [], self.conversations // 10
        wrote = sorted((n for n, head in heads.items() if head[1] == "in"), key=lambda n: -heads[n][2])
        waits = set(wrote[:waiting])
        outs = set(rng.sample(sorted(heads), self.conversations // 25))
        held = [n for n in rng.sample(sorted(waits), len(waits) // 20) if n not in outs]
        for n, (text, direction, at, last_in, labels, _key) in sorted(heads.items()):
            here = n in waits
            rows.append(
                (n, number(n), "number", n if n in self.first else None, 1, at, text, direction,
                 rng.randrange(1, 4) if here and rng.random() < 0.6 else 0, at if here else None, last_in,
                 labels, 2.0 if here and rng.random() < 0.001 else rng.random() * 0.9,
                 rng.choice(OPERATORS) if here and rng.random() < 0.15 else "",
                 NOW + rng.random() * 90_000 if here and rng.random() < 0.1 else None)
            )  # fmt: skip
        for n in range(50):
            rows.append((self.conversations + 1 + n, f"Carrier{n}", "system", None, 1, NOW - n * 9e4, "Balance 3.20",
                         "in", 1, None, NOW - n * 9e4, "", 0.0, "", None))  # fmt: skip
        self._many(
            "conversation",
            "id, number, kind, contact_id, line_id, last_at, last_text, last_direction, unread, waiting_since, "
            "last_in_at, labels, urgency, assigned_to, snoozed_until",
            rows,
        )
        self._many(
            "opt_out", "number, created_at, source, evidence, rule",
            [(number(n), NOW - rng.random() * YEARS, "sms", "STOP", "H1") for n in sorted(outs)],
        )  # fmt: skip
        self._many(
            "hold", "number, created_at, message_id, rule, said, why",
            [(number(n), heads[n][3], heads[n][5], "O1", "leave me alone", "It may be an opt-out.") for n in held],
        )  # fmt: skip


def number(n: int) -> str:
    """The number of a thread, E.164."""
    areas = (312, 773, 212, 718, 617, 415, 213, 503)
    return f"+1{areas[n % 8]}{2_000_000 + n}"


def _chunks(order: list[Any]) -> Iterator[list[tuple[int, Any]]]:
    for start in range(0, len(order), _CHUNK):
        yield list(enumerate(order[start : start + _CHUNK], start + 1))


def made(folder: Path, messages: int = 1_000_000, seed: int = 5) -> float:
    """Build it there unless it stands; returns the seconds that took."""
    began = time.perf_counter()
    if not (folder / "p2ptext.db").exists():
        build(folder, messages, seed)
    return time.perf_counter() - began
