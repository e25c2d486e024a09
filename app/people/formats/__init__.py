"""Other programs' files, each read as rows that an import understands; recognised by what is in them.

``reading`` asks here. A format gives its rows with a header first; a piece of a file that cannot be read is a
:class:`~app.people.reading.BadRow` with its reason, and the rest is read on.
"""

from __future__ import annotations

#: key -> what it is called in the window. "" is a table: CSV, a workbook or a pasted list.
NAMES = {
    "vcard": "vCard contacts (.vcf)",
    "google": "Google Contacts CSV",
    "outlook": "Outlook contacts CSV",
    "spoke": "Spoke export",
    "thrutext": "ThruText export",
    "backup": "SMS Backup & Restore (XML)",
    "smsd": "gammu-smsd database",
    "table": "A table: CSV, spreadsheet or pasted",
}
#: These hold old texts besides people.
HISTORIES = ("backup", "smsd")
#: CSV files that another program wrote: their columns are brought into one form.
COLUMNED = ("google", "outlook", "spoke", "thrutext")
