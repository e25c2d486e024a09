"""The truth tables of opt-out matching: what fires at once, what must not, what lifts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.matching import _load, classify, keyword

H1_FIRES = [
    "STOP", "stop", "Stop.", "STOP!!!", "Stop?", '"stop"', "“Stop”", "s t o p", "S T O P", "S.T.O.P.", "ST0P",
    "STOOOP", "SSSTOP", "opt-out", "Opt Out", "OPTOUT", "UNSUBSCRIBE", "Arrêt", "ARRET", "arre\u0302t", "ALTO", "quit",
    "End", "END.", "revoke", "cancel", "CANCELLL", "stopall", "Stop all", "stop2quit", "opt me out", "unsub", "remove",
    "remove me", "take me off", " \n stop \n", "ＳＴＯＰ", "s\u200bt\u200bo\u200bp", "\u202eSTOP\u202c", "STOP 🛑", "🛑 stop 🛑",
    "st\u00adop", "stop\ufe0f", "(stop)", "*STOP*", "'stop'", "STOP\n\nSent from my iPhone", "Stop. Sent from my Galaxy",
    "(Sent with Slam Effect) STOP", "optout sent with loud effect", "stop\r\n--\r\nGet Outlook for iOS",
    "STOP\nSent from my Verizon, Samsung Galaxy smartphone", "stop\nEnvoyé de mon iPhone", "Stopp\nVon meinem iPhone gesendet",
    # es
    "pare", "Parar", "detener", "BAJA", "dar de baja", "Darme de baja", "salir", "cancelar", "¡Basta!", "no más",
    "NO MAS", "eliminar",
    # fr
    "arrête", "arrêtez", "Arrêter", "désabonner", "DESABONNER", "désinscrire", "annuler",
    # de
    "Stopp", "abmelden", "abbestellen", "austragen", "Ende",
    # pt
    "sair", "remover", "descadastrar", "não quero mais", "nao quero mais",
    # it
    "cancella", "cancellami", "annulla", "disiscrivimi", "rimuovimi",
    # nl
    "stoppen", "afmelden", "uitschrijven",
    # pl
    "koniec", "rezygnuję", "wypisz", "wypisz mnie", "anuluj",
]  # fmt: skip

H2_FIRES = [
    "please stop", "Please STOP!", "STOP STOP", "stop stop stop", "ok stop thanks", "stop por favor", "Stop. Thank you",
    "no thanks, stop", "opt out please", "please remove me", "pls unsubscribe", "stopp bitte", "arrêt svp",
    "stop s'il vous plaît", "STOP STOP STOP STOP STOP STOP STOP STOP", "wrong number, stop", "Hi, stop please",
    "baja por favor", "please st0p", "sair por favor", "basta grazie", "afmelden aub", "stop proszę",
]  # fmt: skip

H3_FIRES = [
    "please stop texting me", "Please stop texting me.", "STOP TEXTING ME", "stop texting", "stop messaging me please",
    "do not contact me again", "Don't text me again", "don’t text me anymore", "do not text me", "dont message me",
    "never text me again", "take me off your list", "Please take me off this list", "lose my number",
    "delete my number", "remove me from your list", "remove my number", "no more texts", "No more messages please",
    "can you stop texting me", "Can you please stop texting me?", "could you please stop sending me messages?",
    "will you stop texting me?", "stop sending me texts", "stop sending these messages", "please stop all messages",
    "stop all texts", "I want to opt out", "I'd like to unsubscribe", "unsubscribe me", "I opt out",
    "I don't want any more texts", "I no longer wish to receive these messages", "i do not want to receive texts",
    "Hi. Not interested. Please stop texting me. Thanks", "Can't stop laughing. But please stop texting me",
    "quit texting me", "please cease contact", "stop spamming me", "Take my name off your list",
    "stop texting me\nSent from my iPhone", "please stop texting me i'm not interested", "opt me out of your list",
    "ne m'écrivez plus", "Ne m’écrivez plus !", "ne me contactez plus", "plus de SMS", "arrêtez de m'envoyer des sms",
    "je ne veux plus recevoir de messages", "keine SMS mehr", "Bitte keine Nachrichten mehr",
    "schreiben Sie mir nicht mehr", "bitte löschen Sie meine Nummer", "pare de me mandar", "pare de me mandar mensagens",
    "não me mande mais mensagens", "não quero mais receber mensagens", "deje de escribirme", "Por favor deje de escribirme",
    "dejen de mandarme mensajes", "no me escriba más", "no quiero más mensajes", "non scrivetemi più",
    "geen berichten meer", "stuur me geen sms meer", "nie piszcie do mnie",
    # letters, salutations and closings
    "I would like to opt out of all text messages", "please cease all messages to this number", "don't send me any more of these",
    "Good morning. Please remove me from your list. Kind regards", "no offense but please stop texting me, appreciate it",
    "i dont want these texts anymore, take me off", "Remove me from your list today.",
    "Bonjour, merci de bien vouloir me désinscrire de vos envois. Bonne journée", "Veuillez me retirer de votre liste. Cordialement",
    "Je vous prie de bien vouloir supprimer mon numéro de vos fichiers", "Bitte streichen Sie mich von Ihrer Liste. MfG",
    "Hallo zusammen, danke für alles, aber bitte nehmen Sie mich aus dem SMS-Verteiler. Viele Grüße, H. Brandt",
    "Ich möchte keine weiteren Nachrichten von Ihnen erhalten.", "Guten Tag, bitte löschen Sie meine Nummer aus Ihrer Datenbank. LG",
    "Elimine mi número de su base de datos", "Buenas tardes, bórrenme de su lista de contactos. Saludos",
    "apaguem o meu contacto se faz favor", "Bom dia. Quero sair da lista. Obrigada", "por gentileza, me tirem da lista de transmissão, obrigado",
    "Vi prego di cancellare il mio numero dalla lista", "proszę usunąć mój numer z listy",
]  # fmt: skip

#: The rows of the HOLD and HINT tables: a person decides, so they never fire by themselves.
FOR_A_PERSON = [
    "stop it", "Stop it!", "I said stop", "don't stop texting me", "please don't stop texting me",
    "stop texting me before 9", "stop texting me, email me instead", "Stop texting me. Email me instead.",
    "my mom asked when you'll stop texting her", "stpo", "dtop", "unsuscribe", "🛑", "✋", "🚫", "wrong number",
    "you have the wrong number", "2", "9", "how do I stop this?", "how do I unsubscribe?", "I will report you",
    "my lawyer will hear of this", "stop texting my mom", "stop texting me at work", "stop texting me so early",
    "do not contact me unless it is urgent", "Stop texting me! Just kidding", "if you don't stop texting me I'll scream",
    "when will you stop texting me?", 'she said "stop texting me"', "STOP 12345", "stop texting me " + "please " * 30,
    "output", "remote", "opt", "stop calling my wife", "don't remove me from your list", "never stop texting me",
    "I blocked you", "Stop texting me. Unless it's about the party", "stop texting me, call me",
    "remove me from the morning shift", "remove me from your list of drivers on Friday", "please don't remove me from your list",
    "quero sair da lista de espera", "não me tire da lista", "me retirer de la liste d'attente", "ne me retirez pas de votre liste",
    "nehmen Sie mich von der Warteliste", "bitte löschen Sie meine Nummer nicht", "streichen Sie mich von der Liste für Freitag",
    "bórreme de la lista de espera", "no me borren de su lista", "ne plus m'envoyer de sms le soir",
    "ich möchte keine weiteren Nachrichten von Ihrem Kollegen erhalten", "apague o meu contacto antigo e use este",
]  # fmt: skip

GUARDS = [
    "stop by at 5?", "Stop by any time", "I'll stop by", "stop in tomorrow", "stop over on your way", "stop at the shop",
    "stop sign", "stop light", "bus stop", "pit stop", "next stop", "full stop", "non-stop", "nonstop",
    "can't stop", "won't stop", "don't stop", "he stopped by", "end of the week works", "End of the week works",
    "by the end", "the weekend", "cancel my appointment", "please cancel the meeting", "quit smoking",
    "Stop! yes I'd love to come", "Reply STOP to opt out", 'Liked “Reply STOP to stop”', 'Laughed at "STOP"',
    "Emphasized “stop”", "Reacted 👍 to “stop”", "yes", "ok", "thanks", "please", "no thanks", "not interested",
    "no thank you", "hello", "", "   ", "\n", "...", "sto", "step", "slop", "shop", "stoop", "spot", "no", "the end",
    "STOP" + "x" * 50, "Stop. Sent from my Galaxy yes I would love to come", "remove the sofa please", "cancel that", "I can't end on a sad note", "no more questions",
]  # fmt: skip

LIFTS = ["START", "start", "Start.", "UNSTOP", "unstop!", "“start”", "volver", "recibir", "voltar", "receber"]
NEVER_LIFT = [
    "YES", "GO", "RESUME", "SUBSCRIBE", "OK", "HELP", "INFO", "AIDE", "AYUDA", "start over", "please start tomorrow",
    "when do we start?", "restart", "get started", "ST4RT",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "rule"),
    [*((s, "H1") for s in H1_FIRES), *((s, "H2") for s in H2_FIRES), *((s, "H3") for s in H3_FIRES)],
)
def test_what_is_beyond_doubt_opts_out_at_once(text: str, rule: str) -> None:
    verdict = classify(text)
    assert (verdict.tier, verdict.rule) == ("HARD", rule)
    assert verdict.why


@pytest.mark.parametrize("text", FOR_A_PERSON + GUARDS)
def test_what_a_person_must_judge_does_not(text: str) -> None:
    assert classify(text).tier == "NONE"


@pytest.mark.parametrize("text", LIFTS)
def test_start_lifts(text: str) -> None:
    assert classify(text).tier == "LIFT"


@pytest.mark.parametrize("text", NEVER_LIFT)
def test_answers_to_other_questions_never_lift(text: str) -> None:
    assert classify(text).tier == "NONE"


def test_the_span_shows_where_it_was_said() -> None:
    text = "Can't stop laughing.  But please stop texting me! ok"
    start, end = classify(text).span
    assert text[start:end] == "But please stop texting me"
    text = "  STOP  \nSent from my phone"
    start, end = classify(text).span
    assert text[start:end] == "STOP"


def test_every_keyword_of_every_language_fires_bare_and_dressed() -> None:
    for word in _load().keywords:
        for dressed in (
            word,
            word.upper(),
            f"{word}!!",
            f'"{word}"',
            f"\u2068{word}\u2069",
            f"please {word}",
            f"{word} 🛑",
        ):
            assert classify(dressed).tier == "HARD", dressed


def test_a_template_can_ask_whether_an_answer_would_opt_out() -> None:
    assert keyword("CANCEL")
    assert not keyword("C")


@given(st.text(max_size=400))
def test_any_text_has_a_verdict_with_a_span_inside_it(text: str) -> None:
    verdict = classify(text)
    assert verdict.tier in ("HARD", "LIFT", "NONE")
    assert 0 <= verdict.span[0] <= verdict.span[1] <= len(text)


#: Characters that must never matter around a keyword.
NOISE = st.text(
    alphabet=" \t\n.!?,;:-–—\"'“”*()\u200b\u200d\u202a\u202c\u2066\u2069\ufe0f\u00ad🛑✋", max_size=12
)


@given(NOISE, st.sampled_from(sorted(_load().keywords)), NOISE, st.booleans())
def test_noise_around_a_keyword_never_hides_it(before: str, word: str, after: str, upper: bool) -> None:
    assert classify(before + (word.upper() if upper else word) + after).tier == "HARD"


SIGNED = ("sent", "outlook", "envoy", "gesendet")  # what stands after a signature is part of the signature


@given(
    st.sampled_from(
        [text for text in H1_FIRES + H2_FIRES if not any(word in text.lower() for word in SIGNED)]
    ),
    st.sampled_from(["yes I'd love to come", "by at 5", "smoking", "my order"]),
)
def test_further_words_always_leave_it_to_a_person(text: str, more: str) -> None:
    assert classify(f"{text} {more}").tier == "NONE"


def test_a_text_of_255_parts_is_judged_in_no_time() -> None:
    for text in (
        "stop " * 7800,
        "please " * 5500,
        "s t o p " * 4800,
        "\u0301" * 39000,
        "- sent from my" * 2700,
    ):
        assert classify(text).tier in ("HARD", "NONE")
