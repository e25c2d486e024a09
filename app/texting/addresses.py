"""What an address of a line looks like, so that a slip of the pen is told at once and not by a dead port."""

from __future__ import annotations

import re

#: What stands before the colon of an address that is no port: a backend, or pyserial's own kinds of URL.
BACKENDS = ("gammu", "modemmanager", "android", "practice")
URLS = ("socket", "rfc2217", "spy", "alt", "hwgrep", "cp2110")
_MOST = 500
_KIND = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?")
_PORT = re.compile(r"/.|\\\\.|COM[0-9]{1,3}\Z", re.IGNORECASE)
_EXAMPLES = "Type a port such as /dev/ttyUSB2 or COM5, or an address such as socket://192.168.1.20:5000."


def why_not(url: str) -> str:
    """Why this can be no line's address, as a sentence; "" when it can be."""
    url = url.strip()
    if not url:
        return f"There is no address. {_EXAMPLES}"
    if len(url) > _MOST or not url.isprintable():
        return f"This is no address. {_EXAMPLES}"
    kind = _KIND.match(url)
    if kind is None:
        return "" if _PORT.match(url) else f"“{url[:60]}” is no port of a modem. {_EXAMPLES}"
    name = kind[1].lower()
    if name in BACKENDS or (name in URLS and kind[2]):
        return ""
    if name in ("http", "https"):
        return "This is an address in the web. A phone is added with Add Android phone…"
    return f"“{kind[0][:60]}” is no kind of address that a line can have. {_EXAMPLES}"
