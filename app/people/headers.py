"""The words that the columns of people's lists are headed with, in the languages that we know."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in text.split(","))


#: Whole headers by role, best first. Compared folded: no case, no accents, other signs as one space.
EXACT = {
    "number": _words(
        """
        mobile, mobile number, mobile no, mobile phone, mobile phone number, cell, cell phone, cell
        number, cell phone number, cellphone, cellular, sms, sms number, msisdn, text number, phone,
        phone number, phone no, phone 1 value, primary phone, telephone, telephone number, tel, tel no,
        contact number, number, to, recipient, whatsapp, celular, movil, telefono movil, telefono,
        numero, numero de telefono, portable, telephone portable, numero de telephone, handy,
        handynummer, mobil, mobilnummer, mobiltelefon, telefon, telefonnummer, rufnummer, nummer,
        telemovel, telefone, telefone celular, numero de telefone, cellulare, telefoonnummer, mobiel,
        telefon komorkowy
        """
    ),
    "first_name": _words(
        """
        first name, firstname, first, given name, given, givenname, forename, fname, preferred name,
        nickname, vorname, prenom, nombre, nombres, primer nombre, primeiro nome, voornaam, imie
        """
    ),
    "last_name": _words(
        """
        last name, lastname, last, surname, family name, family, lname, nachname, familienname, nom de
        famille, apellido, apellidos, sobrenome, apelido, cognome, achternaam, nazwisko
        """
    ),
    "name": _words(
        """
        name, full name, fullname, contact name, display name, contact, person, nombre completo, nom
        complet, nome completo, nom, nome, naam
        """
    ),
    "time_zone": _words("time zone, timezone, tz, zona horaria, fuseau horaire, zeitzone, fuso horario"),
    "consent_source": _words(
        """
        consent, consent source, source of consent, opt in source, optin source, opt in, consent how,
        consent type, permission, consentimiento, consentement, einwilligung, consentimento
        """
    ),
    "consent_at": _words(
        """
        consent at, consent date, date of consent, consented at, opt in date, optin date, opted in at,
        opt in at, consent time, consent timestamp, einwilligung am, fecha de consentimiento
        """
    ),
    "opted_out": _words(
        """
        opted out, optedout, opt out, optout, do not text, do not contact, dnc, unsubscribed, stop,
        contact optout
        """
    ),
    "other_numbers": _words("other numbers, other number, other phones, second number, further numbers"),
    "tags": _words("tags, tag, labels, categories, etiquetas, schlagworte"),
    "notes": _words("notes, note, comments, notas, notizen"),
    "language": _words("language, preferred language, lang, idioma, langue, sprache, lingua, taal"),
    "consent_wording": _words("consent wording, consent text, opt in wording, opt in text"),
    "consent_frequency": _words("consent frequency, promised frequency, message frequency"),
    "consent_until": _words("consent until, consent expiry, consent expires, consent end"),
}

#: Words that a header may hold among others. "to", "tel" and "cell" are not here: total, hotel, cancelled.
PARTIAL = {
    "number": _words(
        """
        mobile, cell phone, cellphone, phone, telephone, telefon, telefono, handy
        """
    ),
    "first_name": _words("first name, firstname, given name, vorname, prenom"),
    "last_name": _words("last name, lastname, surname, nachname, apellido"),
    "name": _words("full name, fullname"),
    "time_zone": _words("time zone, timezone"),
    "consent_at": _words("consent date, opt in date"),
}
