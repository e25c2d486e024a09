"""The tables of tiers row by row, and what triage says of single replies; its figures are in test_triage_figures."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.conversations.triage import LABELS, judge, tiers

ROOT = Path(__file__).parents[3]

HOLD = {
    "S1": [
        "stop texting, email me instead", "my mom asked when you'll stop texting her", "stop texting me before 9",
        "Stop texting me. Unless it's about the party", "if it's about the sale, take me off your list, thanks a lot my dear",
        "deje de mandarme cosas todos los días", "ya no me escriban por las noches", "arrêtez de m'écrire le soir",
        "hören Sie bitte auf mir abends zu schreiben", "parem de me mandar isso de noite", "leave me alone",
        "please remove my number from whatever this is", "I don't want to get these anymore", "Stop it!", "I said stop",
        "I no longer live in the district", "we're on the wrong list", "email only please", "this is my work phone", "no texts after 9pm",
        "take my mother off, she is 92", "plz unsubcribe", "turn these off please", "ya no soy clienta", "solo por correo por favor",
        "j'ai changé de dentiste", "pas le soir merci", "bitte nicht abends", "das ist ein Diensthandy", "larga do meu pé", "já pedi três vezes pra sair",
        "unsuscribe", "quit blowing up my phone", "can you make these texts stop", "nothing after 9pm please", "kick me off this list", "hard pass on future texts",
        "these messages aren't welcome", "leave my elderly mother alone", "no thank you to any more texts", "my plan charges me for each text",
        "no vuelvan a escribirme nunca", "lasst mich in ruhe", "me deixem em paz", "laissez-moi tranquille",
    ],
    "S2": ["STOP 12345", "opt", "stop jon"],
    "S3": ["stpo", "dtop", "sotp", "optoit", "arrwt"],
    "S4": ["🛑", "✋", "🚫", "⛔", "🛑🛑🛑", " ✋🏽 "],
    "S5": [
        "wrong number", "you have the wrong number", "Número equivocado", "falsche Nummer", "mauvais numéro",
        "número errado", "This isn't Maria", "I'm not Carlos", "no one here by that name", "numero sbagliato",
        "verkeerd nummer", "zły numer", "wrng number", "my name isn't Paul", "hier gibts keinen Uwe", "me llamo Ana, no Patricia",
        "vous faites erreur", "não conheço nenhum Márcio", "I'm 12", "she passed away", "not my kid lol", "there's no Brian at this number",
        "this number belonged to my late husband", "tenho 12 anos", "tengo 11 años", "j'ai 12 ans", "ich bin 11",
    ],
}  # fmt: skip
HINT = [
    "don't stop texting me", "please don't remove me from your list", "I will report you", "my lawyer will hear of this",
    "TCPA violation", "how do I stop this?", "how do I unsubscribe?", "I blocked you", "¿cómo me doy de baja?",
    "please keep me on the list", "I accidentally texted stop", "no me quiten de la lista", "ne me retirez pas de la liste",
    "bitte nicht löschen", "não me tirem da lista", "where did you get my number", "wo kann ich mich abmelden", "onde cancelo isso",
    "comment me désabonner ?", "wie melde ich mich ab?", "como faço para sair da lista?",
]  # fmt: skip
NONE = [
    "stop by at 5?", "Stop by any time", "I'll stop in tomorrow", "stop over on your way", "stop at the sign", "stop light",
    "bus stop", "pit stop", "next stop", "full stop", "non-stop", "can't stop", "won't stop", "don't stop", "he stopped by",
    "nothing can stop me from voting", "put me on the waiting list", "stop the delivery for tuesday", "oui stp", "j'ai arrêté de fumer",
    "nobody called me back", "on ne m'a jamais rappelé", "nunca me llamaron", "ainda não recebi o reembolso", "ich bekomme keine Luft",
    "no me interesa", "count me out", "your package arrived wrong", "ya",
    "end of the week works", "by the end", "the weekend", "cancel my appointment", "please cancel the meeting",
    "quit smoking", "yes", "ok", "no", "2", "9", "output", "remote", "step", "shop", "sto", "", "   ", "...", "START",
    "Reply STOP to opt out", "Liked “Reply STOP to opt out”", "cancelar mi cita", "annuler mon rendez-vous",
    "Termin absagen", "voy a salir temprano", "am Ende der Woche", "no thanks", "no, gracias", "non merci", "nein danke",
    "stop worrying", "I stopped smoking", "We'll stop for gas first", "out of town that weekend",
    "which stop do I get off at", "don't stop believing", "cancel appointment please", "remove onions please", "just text me when you get here",
    "I moved, my new address is 4 Elm St", "this is my new number", "it was amazing", "I'm not hungry", "can I see a different doctor",
    "how many times a day do I take it", "she graduated!", "no message from him yet", "what time do you get out", "the code doesn't apply",
    "does the bus stop here", "take me off the guest list", "leave me a message", "estoy de baja", "di de baja el gimnasio", "Baja California", "not this one, the other", "no one called me",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in HOLD.items() for text in texts])
def test_what_may_be_an_opt_out_holds(rule: str, text: str) -> None:
    found = tiers.of(text)
    assert (found.tier, found.rule) == ("HOLD", rule)
    assert found.said
    assert found.why.endswith(".")


@pytest.mark.parametrize("text", HINT)
def test_what_only_speaks_of_it_is_a_hint(text: str) -> None:
    assert tiers.of(text).tier == "HINT"
    assert judge(text).needs_person


@pytest.mark.parametrize("text", NONE)
def test_what_only_looks_like_it_is_none(text: str) -> None:
    assert tiers.of(text).tier == "NONE"
    assert judge(text).tier in ("NONE", "HINT"), "the model holds what a guard let pass"


@pytest.mark.parametrize("text", ["HELP", "info", "Aide", "¡Ayuda!", "hilfe", "AJUDA"])
def test_help_alone_asks_who_writes_and_is_no_danger(text: str) -> None:
    found = judge(text)
    assert (found.tier, found.labels, found.needs_person) == ("NONE", (), True)
    assert "who writes" in found.reason


def test_a_guard_never_vetoes_another_sentence() -> None:
    assert tiers.of("Can't stop laughing. But please stop texting me").tier == "HARD"
    assert tiers.of("Stop by at five. And stop texting my wife").tier == "HOLD"


def test_a_digit_holds_only_where_it_was_offered() -> None:
    assert tiers.of("2", asked="Reply 1 for yes or 2 to opt out").rule == "S6"
    assert tiers.of("9", asked="To unsubscribe, reply 9.").rule == "S6"
    assert tiers.of("1", asked="Reply 1 for yes or 2 to opt out").tier == "NONE"
    assert tiers.of("2", asked="How many of you will come?").tier == "NONE"


SAID = [
    ("Yes, I'll be there", {"positive"}, False),
    ("gracias, ahí estaré", {"positive"}, False),
    ("👍", {"positive"}, False),
    ("No thanks", {"negative"}, False),
    ("leider nein", {"negative"}, False),
    ("What time does it start?", {"question"}, True),
    ("qui êtes-vous", {"question"}, True),
    ("onde fica", {"question"}, True),
    ("Sure, where do I park?", {"question", "positive"}, True),
    ("go to hell you crooks", {"hostile"}, True),
    ("wrong number", {"wrong_number"}, True),
    ("I'm driving right now - I'll get back to you later.", {"automatic"}, False),
    ("Respuesta automática: fuera de la oficina", {"automatic"}, False),
    ("Loved “See you Tuesday”", {"automatic"}, False),
    ("I want to kill myself", {"safety"}, True),
    ("chamem uma ambulância por favor", {"safety"}, True),
    ("I will find you and kill you", {"safety", "hostile"}, True),
    ("Please call me, I need to reschedule", set(), True),
]


@pytest.mark.parametrize(("text", "labels", "person"), SAID)
def test_what_a_reply_says(text: str, labels: set[str], person: bool) -> None:
    found = judge(text)
    assert labels <= set(found.labels)
    assert found.needs_person is person
    assert found.reason


def test_danger_comes_first_and_noise_last() -> None:
    danger = judge("someone call 911")
    question, noise = judge("what time?"), judge("Auto reply: I am out of the office until Monday")
    assert danger.labels[0] == "safety"
    assert danger.score > question.score > noise.score


def test_the_reason_names_the_words_that_did_it() -> None:
    assert "take me off" in judge("could somebody maybe take me off of there").reason
    assert "driving" in judge("I'm driving, text you later").reason


@pytest.mark.parametrize(
    "text",
    [
        "we'd love to be spared your daily messages", "könnt ihr mich damit bitte verschonen",
        "ich hätte gern meine Ruhe vor euren Nachrichten", "please spare my phone from any further outreach",
    ],
)  # fmt: skip
def test_the_model_holds_what_no_rule_finds_and_never_opts_out_by_itself(text: str) -> None:
    found = judge(text)
    assert tiers.of(text).tier in ("NONE", "HINT")
    assert (found.tier, found.rule in ("M2", "M3", "M4")) == ("HOLD", True)
    assert found.said
    assert "reads like a wish to be left alone" in found.reason


def test_nothing_lowers_a_tier() -> None:
    assert judge("thank you so much, great service, stop texting my wife").tier == "HOLD"


def test_the_model_is_small() -> None:
    assert (files("resources") / "triage" / "model.json").stat().st_size < 5_000_000  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        "no " * 400, "dont want " * 90, "texts " * 150, "a" * 700, "take me off the " * 60, "not x " * 150, "ne plus de " * 80,
        "mande me mande " * 60, "nicht mehr keine " * 60, "remove " * 120, "i no longer a a a a " * 40, "1 " * 350,
    ],
)  # fmt: skip
def test_no_text_is_judged_slowly(text: str) -> None:
    judge("warm")
    began = time.process_time()
    judge(text)
    assert time.process_time() - began < 0.25


@given(st.text(max_size=900))
def test_any_text_is_judged(text: str) -> None:
    found = judge(text)
    assert found.tier in tiers.ORDER
    assert set(found.labels) <= set(LABELS)
    assert found.reason


def test_the_command_reads_a_line_and_prints_an_object(tmp_path: Path) -> None:
    replies = "STOP\n\nHöre bitte auf “damit”\r\nwho is this\n"
    command = [sys.executable, "-m", "app.main", "triage"]
    piped = subprocess.run([*command, "-"], input=replies.encode(), capture_output=True, check=True, cwd=ROOT)
    file = tmp_path / "replies.txt"
    file.write_bytes(replies.encode())
    read = subprocess.run([*command, str(file)], capture_output=True, check=True, cwd=ROOT)
    assert piped.stdout == read.stdout
    rows = [json.loads(line) for line in piped.stdout.decode().splitlines()]
    assert [row["text"] for row in rows] == ["STOP", "", "Höre bitte auf “damit”", "who is this"]
    assert [row["tier"] for row in rows] == ["HARD", "NONE", "HOLD", "NONE"]
    assert set(rows[0]) == {"text", "tier", "labels", "needs_person", "reason"}
    odd = "\ufeffSTOP\r\n".encode() + b"\xff\xfe\x00 what\x07\n" + f"a\u2028b\u202e{'x' * 10_000}".encode()
    strange = subprocess.run(
        [*command, "-"], input=odd, capture_output=True, check=True, cwd=ROOT
    ).stdout.decode()
    assert not {"\u2028", "\u202e", "\x00", "\ufeff"}.intersection(strange)
    told = [json.loads(line) for line in strange.splitlines()]
    assert [row["text"][:4] for row in told] == ["STOP", "\ufffd\ufffd\x00 ", "a\u2028b\u202e"]
    assert told[0]["tier"] == "HARD"
    missing = subprocess.run([*command, str(tmp_path / "none")], capture_output=True, check=False, cwd=ROOT)
    assert missing.returncode == 1
    assert b"No such file" in missing.stderr


def test_a_text_that_is_remembered_still_hears_of_corrections_and_of_what_was_asked() -> None:
    text = "the usual for me"
    first = judge(text)
    assert judge(text) == first
    taught = judge(text, learned={"usual": {"positive": 6.0}})
    assert "positive" in taught.labels
    assert "positive" not in first.labels
    assert taught.tier == first.tier
    assert judge(text) == first
    assert judge("2").tier == "NONE"
    assert judge("2", asked="Reply 1 for yes, 2 to opt out").tier == "HOLD"
    assert judge("2").tier == "NONE"
