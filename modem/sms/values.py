"""What a TPDU says, as frozen values (3GPP TS 23.040 9.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from modem.sms.address import Address
from modem.sms.coding import Alphabet, read_coding
from modem.sms.userdata import SPECIAL_MESSAGE, Concat, Elements

_WAP_PUSH_PORTS = (2948, 2949)
_MMS_TYPES = (b"\xbe", b"application/vnd.wap.mms-message\0")  # well-known code 0x3E, or spelt out
_WSP_PUSH = 0x06
_SILENT_PID, _RETURN_CALL_PID = 0x40, 0x5F


@dataclass(frozen=True, slots=True)
class Pdu:
    """A PDU ready for a modem: upper-case hex with the centre's part ("00" when none).

    ``tpdu_length`` is the octets without the centre's part, the number that AT+CMGS wants.
    """

    hex: str
    tpdu_length: int


@dataclass(frozen=True, slots=True)
class Deliver:
    """A text that arrived (SMS-DELIVER), one part of it.

    ``timestamp`` is aware, the centre's clock, or None where the PDU holds nonsense. ``text`` is this
    part's alone, "" for 8-bit. ``data`` is the user data without its header: UTF-16BE for UCS-2, plain
    octets for 8-bit, and septets one an octet for GSM 7-bit. ``ports`` is (destination, source).
    """

    smsc: Address | None
    sender: Address
    timestamp: datetime | None
    pid: int
    dcs: int
    alphabet: Alphabet
    message_class: int | None
    concat: Concat | None
    text: str
    data: bytes
    udh: Elements
    ports: tuple[int, int] | None

    @property
    def is_flash(self) -> bool:
        """Class 0: a phone shows it at once and keeps it only when told to (23.038 4)."""
        return self.message_class == 0

    @property
    def is_silent(self) -> bool:
        """Type 0: a phone acknowledges it and discards it unseen (23.040 9.2.3.9)."""
        return self.pid == _SILENT_PID

    @property
    def replace_type(self) -> int | None:
        """1..7: replaces the sender's earlier text of the same type (23.040 9.2.3.9); else None."""
        return self.pid - 0x40 if 0x41 <= self.pid <= 0x47 else None

    @property
    def waiting(self) -> int | None:
        """What waits elsewhere: 0 voice mail, 1 fax, 2 e-mail, 3 other; None when this says nothing."""
        for kind, data in self.udh:
            if kind == SPECIAL_MESSAGE and len(data) == 2:
                return data[0] & 0x03
        if self.pid == _RETURN_CALL_PID:
            return 0
        return read_coding(self.dcs).waiting

    @property
    def is_voicemail(self) -> bool:
        """Whether it says that voice mail waits, or waits no more."""
        return self.waiting == 0

    @property
    def is_wap_push(self) -> bool:
        """Whether it is addressed to the WAP push ports, not to a person."""
        return self.ports is not None and self.ports[0] in _WAP_PUSH_PORTS

    @property
    def is_mms_notification(self) -> bool:
        """Whether it announces an MMS that nobody has fetched (WAP-209, content type 0x3E).

        Later parts of a long push do not repeat the type: they count as one.
        """
        if not self.is_wap_push:
            return False
        if self.concat is not None and self.concat.part > 1:
            return True
        return len(self.data) > 3 and self.data[1] == _WSP_PUSH and self.data[3:].startswith(_MMS_TYPES)


@dataclass(frozen=True, slots=True)
class Submit:
    """A text on its way out (SMS-SUBMIT).

    ``validity`` in minutes, None when none is asked for or it is a moment: that is ``valid_until``.
    ``data`` as in :class:`Deliver`.
    """

    smsc: Address | None
    reference: int
    destination: Address
    pid: int
    dcs: int
    alphabet: Alphabet
    message_class: int | None
    concat: Concat | None
    text: str
    data: bytes
    udh: Elements
    wants_report: bool
    rejects_duplicates: bool
    validity: int | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What became of a text that was sent with a report asked for (SMS-STATUS-REPORT).

    ``reference`` is the TP-MR of the text, ``status`` the octet of 23.040 9.2.3.15.
    """

    smsc: Address | None
    reference: int
    recipient: Address
    submitted: datetime | None
    discharged: datetime | None
    status: int

    @property
    def delivered(self) -> bool:
        """The centre is done and did not fail (0x00..0x1F)."""
        return self.status < 0x20

    @property
    def pending(self) -> bool:
        """Not yet, but the centre still tries (0x20..0x3F)."""
        return 0x20 <= self.status < 0x40

    @property
    def failed(self) -> bool:
        """The centre tries no more; reserved values count as failed, as 23.040 asks."""
        return self.status >= 0x40
