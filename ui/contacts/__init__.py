"""The Contacts page: everybody, one person's details, and the import of lists."""

from ui.contacts.page import ContactsPage

__all__ = ["ContactsPage"]
