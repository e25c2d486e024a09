"""The SMS codec: texts to PDUs and back. Pure functions and frozen values; raises only ``PduError``.

GSM 7-bit, UCS-2 and 8-bit user data of SMS-SUBMIT, SMS-DELIVER and SMS-STATUS-REPORT
(3GPP TS 23.040, 23.038), in the hex form of 3GPP TS 27.005.
"""

from modem.sms.address import Address
from modem.sms.coding import Alphabet
from modem.sms.pdu import (
    decode_incoming,
    decode_submit,
    encode_deliver,
    encode_deliver_message,
    encode_message,
    encode_status_report,
    encode_submit,
)
from modem.sms.segments import Segmentation, join, split
from modem.sms.userdata import Concat
from modem.sms.values import Deliver, Pdu, StatusReport, Submit

__all__ = [
    "Address",
    "Alphabet",
    "Concat",
    "Deliver",
    "Pdu",
    "Segmentation",
    "StatusReport",
    "Submit",
    "decode_incoming",
    "decode_submit",
    "encode_deliver",
    "encode_deliver_message",
    "encode_message",
    "encode_status_report",
    "encode_submit",
    "join",
    "split",
]
