"""The full-text index of texts that were received or left: SQLite's FTS5 beside ``message``.

Revision 0006 made it, with the triggers that keep it. What waits on the desk is not in it: nobody has got
it yet. Another engine has none; :mod:`app.conversations.search` looks into the texts themselves there.
"""

from __future__ import annotations

import re
from typing import Final

#: The index has no text of its own: it points into ``message``.
TABLE: Final = "message_text"
#: Takes what was deleted out of the index's own pages as well; needed before a file is said to be clean.
TIDY: Final = "INSERT INTO message_text(message_text) VALUES ('optimize')"
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def query(words: str) -> str:
    """What a person typed as an FTS5 query: every word, the last one as the beginning of one; "" for none.

    A letter by itself is a word: half of all texts have one that begins with it, and “Y” is an answer.
    """
    pieces = [piece for piece in _WORD.findall(words) if any(c.isalnum() for c in piece)][:12]
    quoted = [f'"{piece}"' for piece in pieces]
    if len(quoted) == 1 and len(pieces[0]) == 1:
        return quoted[0]
    return " ".join([*quoted[:-1], quoted[-1] + "*"]) if quoted else ""
