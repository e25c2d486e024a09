"""Result codes of 3GPP TS 27.005 3.2.5 and 27.007 9.2, as numbers and as words for ``+CMEE=2``."""

from __future__ import annotations

CME_WORDS = {
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    14: "SIM busy",
    16: "incorrect password",
    21: "invalid index",
    30: "no network service",
    50: "incorrect parameters",
    100: "unknown",
}
CMS_WORDS = {
    1: "unassigned number",
    8: "operator determined barring",
    21: "short message transfer rejected",
    28: "unidentified subscriber",
    38: "network out of order",
    42: "congestion",
    301: "SMS service of ME reserved",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    314: "SIM busy",
    316: "SIM PUK required",
    320: "memory failure",
    321: "invalid memory index",
    322: "memory full",
    330: "SMSC address unknown",
    331: "no network service",
    340: "no +CNMA acknowledgement expected",
    500: "unknown error",
}


class Refusal(Exception):
    """A command ends with an error: ``kind`` "CME", "CMS" or "" for the bare ERROR or other ``words``."""

    def __init__(self, kind: str, code: int = 0, words: str = "ERROR") -> None:
        super().__init__(f"{kind} {code}")
        self.kind = kind
        self.code = code
        self.words = words

    def line(self, level: int) -> str:
        """The result as ``+CMEE=level`` asks for it; CMS errors are given at every level."""
        if not self.kind or (self.kind == "CME" and level == 0):
            return self.words
        words = CME_WORDS if self.kind == "CME" else CMS_WORDS
        value = words.get(self.code, "unknown") if level >= 2 else str(self.code)
        return f"+{self.kind} ERROR: {value}"


def cme(code: int) -> Refusal:
    """A 27.007 error."""
    return Refusal("CME", code)


def cms(code: int) -> Refusal:
    """A 27.005 error."""
    return Refusal("CMS", code)
