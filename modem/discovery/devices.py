"""USB modems by their numbers: which vendors, which interface takes AT commands, and what is no modem yet.

Allow-list only. A port whose device stands here may be asked who it is; a port of any other device is never
opened by itself: an Arduino or a 3-D printer restarts when its port is opened.

The interface numbers are facts from ModemManager (``src/plugins/*/77-mm-*-port-types.rules``), the ids of
sticks that still show their CD-ROM from usb_modeswitch's data (release 20191128).
"""

from __future__ import annotations

import enum


class Role(enum.IntEnum):
    """What a serial port of a modem is for, best for texts first."""

    FIRST = 0  # the AT port that texts are announced on
    SECOND = 1
    UNKNOWN = 2
    DATA = 3  # AT too, but meant for dialling
    OTHER = 9  # diagnosis, GPS, audio: never opened


class Kind(enum.StrEnum):
    """What a USB device is when it offers no port for texts."""

    MODEM = "modem"
    CDROM = "cdrom"  # shows the driver disc first and is switched by usb_modeswitch
    RECOVERY = "recovery"  # the boot loader waits for firmware
    NETWORK = "network"  # a router with a web page (HiLink): no AT commands
    BROADBAND = "broadband"  # MBIM or QMI only: ModemManager's domain
    STRANGER = "stranger"  # not in any list


#: Makers of modems only: each of their serial ports may be asked.
MAKERS = {
    0x0421: "Nokia",
    0x0681: "Siemens",
    0x0AF0: "Option",
    0x0B3C: "Olivetti",
    0x0BDB: "Ericsson",
    0x0FCE: "Sony Ericsson",
    0x106C: "Pantech",
    0x114F: "Wavecom",
    0x1199: "Sierra Wireless",
    0x12D1: "Huawei",
    0x1410: "Novatel",
    0x1546: "u-blox",
    0x16D5: "AnyDATA",
    0x19D2: "ZTE",
    0x1BBB: "Alcatel",
    0x1BC7: "Telit",
    0x1C9E: "Longcheer",
    0x1E0E: "SIMCom",
    0x1E2D: "Cinterion",
    0x1EE8: "Onda",
    0x2001: "D-Link",
    0x2020: "BroadMobi",
    0x2357: "TP-Link",
    0x2C7C: "Quectel",
    0x2CB7: "Fibocom",
    0x305A: "GosunCn",
    0x33F8: "Rolling Wireless",
    0x3731: "NetPrisma",
}
#: Modems under the number of a maker of many things: these products alone may be asked.
_SINGLE = {
    (0x05C6, 0x9000): "SIMCom",
    (0x05C6, 0x9003): "Quectel",
    (0x05C6, 0x9090): "Quectel",
    (0x05C6, 0x9215): "Quectel",
}
#: u-blox makes satellite receivers too.
_NEVER = {(0x1546, product) for product in (0x01A5, 0x01A6, 0x01A7, 0x01A8, 0x01A9)}
_RECOVERY = {(0x05C6, 0x9008), (0x05C6, 0x900E), (0x12D1, 0x36DD)}
#: Sticks that are a router; with these numbers there is a web page and no AT command.
_NETWORK = {(0x12D1, 0x14DB), (0x12D1, 0x14DC), (0x19D2, 0x1403), (0x19D2, 0x1405)}
#: Where roles are not told by numbers, texts are announced on the last port rather than on the first.
_LAST_IS_BEST = {0x12D1}
_LETTERS = {"p": Role.FIRST, "s": Role.SECOND, "d": Role.DATA}
#: Huawei's (subclass, protocol) of a vendor-specific interface.
_HUAWEI = {
    **{(sub, 0x02): Role.FIRST for sub in (0x01, 0x02, 0x03)},
    **{(sub, 0x12): Role.FIRST for sub in (0x01, 0x02, 0x03)},
    **{(sub, 0x01): Role.DATA for sub in (0x01, 0x02)},
    **{(sub, protocol): Role.OTHER for sub in (0x01, 0x02, 0x03, 0x06) for protocol in (0x03, 0x05, 0x14)},
}

# maker, interfaces (p first, s second, d data; a audio, g GPS, q diagnosis, x leave alone), products
_PORTS = """
0421 p1: 060d 0611 061a 061b 061f 0620 0623 0624 0625 062a 062e 062f
0421 p3: 0619
0489 p2 s3 q5 g4: e0b4 e0b5
05c6 p1 s2 x0 x3: 908b
07d1 p2 s3: 7e11
0b3c p5 s0 s1 s2 s3 s6: c005
0e8d p0 s1: 00a1 00a2
0e8d p0 s2: 00a4
0e8d p2 s3: 0023 00a5 00a7
1508 p1 s2 s3 q0: 1001
1546 x2 x4 x6: 1104
1546 x2 x4 x8: 1010
1546 x6 x8 x10: 1107 110a
1546 x6 x8 x10 x12: 1102
1782 p0 s5 s6 x1 x2 x3 x4: 4d10
1782 p2 s7 s8 x3 x4 x5 x6: 4d11
19d2 p0 s1: 0003 0004 0005 0006 0007 0008 0009 000a
19d2 p0 s2: 0001 1515
19d2 p1 s3: 0015 0030 0054
19d2 p2 s0: 0064
19d2 p2 s1: 0016 0017 0018 0019 0117 0156
19d2 p2 s4: 0002 0012 0024 0025 0055
19d2 p3 s1: 0021 0031 0037 0039 0042 0052 0057 0058 0061 0063 0066 0078 0082 0104 0106 0108
19d2 p3 s1: 0122 0123 1007 1008 1010 1254 1268 2002 2003
19d2 p3 s2: 0043
19d2 p4 s1: 0033 0091 0113 0118 0121 0124 0126 0128
19d2 p4 s2: 0048 0049
19d2 p5 s1: 0125
1bbb p1 s2 x0 x3: 022c
1bbb p3 s0 s1 s2: 0000
1bbb p4 s0 s3: 00b7
1bbb p5 s0 s1 s2 s3: 0017
1bc7 p0 s2: 1003 1006
1bc7 p0 s3 g2: 1004 1005
1bc7 p1: 1011
1bc7 p1 q2: 10a9 10c8 3001
1bc7 p1 s2 q0: 1031 1033 1101 110a
1bc7 p1 s2 q3: 10a4 10c4
1bc7 p2 q3: 10aa 10c9
1bc7 p2 q3 g1: 10a0 10c0 3000
1bc7 p2 s3 q4: 10a7 10c6
1bc7 p2 s3 q5 g1 x4: 10b0 10d0
1bc7 p3 q4 g2: 10a2 10c2
1bc7 p3 s2 g1: 1010
1bc7 p3 s4 q6 g2 x5: 10b1 10d1
1bc7 p4 s3 x2: 7010 7011
1bc7 p4 s5 q0 g3 x6: 1060 1070 1201
1bc7 p4 s5 q0 x3 x6: 1040 1050
1bc7 p5 s6 q0 g4 x7: 1061 1071 1204
1bc7 p5 s6 q0 x4 x7: 1041 1051
1bc7 p6 s2 x4: 7020 7021
1c9e p0 s1: 3197
1c9e p0 s1 s2: 9602
1c9e p0 s2: 6000 6060 6061
1c9e p1 s0: 9004 9005
1c9e p2 s0 s1: 9001 9002 9012 9022 9603
1c9e p2 s0 s3: 7001
1c9e p2 s0 s3 s4: 7002
1c9e p3 s0 s1: 9010 9020 9604
1c9e p3 s0 s1 s2: 9003 9605
1c9e p3 s1: 9000
1c9e p4 s0 s1 s2: 9606
1c9e p4 s0 s1 s2 s3: 9607
1c9e p4 s0 s2: 8001 8002
1c9e p4 s0 s5: 7101
1c9e p4 s0 s5 s6: 7102
1c9e p5 s0 s2: 8000
1e0e p2 d3 q0 g1: 9205
1e0e p2 d5 q0 g1 x3 x4: 9206
1e0e p2 s0 s1: cefe
1e0e p2 s3 a4 q0 g1: 9001
1e0e p3 s1: 9100 9200
1e0e p4 d5 x2: 9011
1e2d g1: 0053
1e2d p0 s2 q6 g4: 0069 006f
1e2d p0 s2 q8 g4 x6: 005b 005d
1e2d p2 d0 g4 x6 x8: 0061
1e2d p2 g4 x5: 00b3 00f1
2001 p0 s1: 7d00
2001 p1 s2 x0 x3: 7e35
201e p3: 10f8
2020 p1 s2 s3 q0: 2060
230d p3 d1: 0001
2357 p3 x0 x1: 9000
2c7c p2 s3 q0 g1: 0121 0125 0191 0195 0296 0306 0512 0800 0801
2c7c p5 q3 g4: 0128
2cb7 p0 s1: 010a
2cb7 p1 s2 q0 x3: 0104
2cb7 p1 s2 x0: 0106
2cb7 p2 s3 x4: 01a0
2cb7 p2 s6 x4: 0007
2cb7 p2 x3 x4 x5: 01a2
2cb7 p3 x2 x4 x5: 0115
2cb7 p3 x2 x4 x5 x6: 01a4
305a p1 s2 x0 x5: 1405
33f8 g2: 01a3
33f8 p1 s2 q0 g3: 0104
33f8 p2: 0301 0302
33f8 p2 q4 g5 x3: 01a2
33f8 p3 q2 g5 g6: 01a4 01a8 01a9
33f8 p4 q3 g2: 0115 1003
33f8 x2 x3 x4 x6 x7 x8 x9: 0802
3731 p5 q3 g4: 0100 0101 0106 010a 010b 010c 010d 0111 0112 0113 0115 0116
413c p2 s3 q5 g4: 81d7 81e0
413c x4: 81d9
8087 p0 s4 x2: 095a
"""

_CDROM = """
0421: 060c 0610 0618 061d 0622 0627 062c 0637
05c6: 0010 2000 2001 6503 9024 98ff f000
0af0: 4007 8006 d001
1199: 0fff
12d1: 1030 1031 1446 1449 14ad 14b5 14b7 14ba 14c1 14c3 14c4 14c5 14d1 14fe 1505 151a 1520 1521
12d1: 1523 1526 1553 1557 155a 155b 156a 157c 157d 1597 15ca 15cd 15ce 15cf 15d0 15d2 15e7 15ec
12d1: 15ee 1c0b 1c1b 1c24 1da1 1f01 1f02 1f03 1f07 1f09 1f0a 1f11 1f15 1f16 1f17 1f18 1f19 1f1b
12d1: 1f1c 1f1d 1f1e
1410: 5010 5020 5023 5030 5031 5041 5055 5059
19d2: 0026 0040 0053 0083 0090 0101 0103 0110 0115 0120 0146 0149 0150 0154 0166 0169 0198 0266
19d2: 0304 0318 0325 0388 0413 1001 1007 1009 1013 1017 1022 1030 1038 1046 1171 1175 1179 1201
19d2: 1207 1210 1216 1219 1224 1225 1227 1232 1233 1237 1238 1420 1421 1511 1514 1517 1520 1523
19d2: 1528 1536 1542 1580 1588 1595 2000 2004 bccd ffde ffe6 fff5 fff6
1bbb: 011f 025e f000 f017 f052
1c9e: 1001 9101 9200 9401 98ff 9bfe 9e08 f000 f010 f030
1e0e: f000
1ee8: 0003 0007 0009 0013 0018 0040 0045 0048 004a 004f 0054 0060 0063 0068
2001: 00a6 00a7 98ff a401 a403 a405 a406 a407 a40a a40d a706 a707 a708 a805 a809 a80b ab00 ac01
2357: 0200 f000
"""


def _read_ports(table: str) -> dict[tuple[int, int], dict[int, Role]]:
    found: dict[tuple[int, int], dict[int, Role]] = {}
    for line in table.strip().splitlines():
        left, _, products = line.partition(":")
        maker, *interfaces = left.split()
        roles = {int(word[1:]): _LETTERS.get(word[0], Role.OTHER) for word in interfaces}
        for product in products.split():
            found[int(maker, 16), int(product, 16)] = roles
    return found


def _read_ids(table: str) -> set[tuple[int, int]]:
    return {
        (int(maker, 16), int(product, 16))
        for maker, _, products in (line.partition(":") for line in table.strip().splitlines())
        for product in products.split()
    }


PORTS = _read_ports(_PORTS)
CDROM = _read_ids(_CDROM)


def maker(vid: int | None, pid: int | None) -> str:
    """The maker's name; "" for a device that is in no list."""
    if vid is None or pid is None or (vid, pid) in _NEVER:
        return ""
    known = MAKERS.get(vid) or _SINGLE.get((vid, pid), "")
    return known or ("A modem" if (vid, pid) in PORTS else "")


def may_ask(vid: int | None, pid: int | None) -> bool:
    """Whether a port of this device may be opened without a person having named it."""
    return bool(maker(vid, pid)) and (vid, pid) not in _RECOVERY


def role(vid: int, pid: int, interface: int | None, triple: tuple[int, int, int] | None = None) -> Role:
    """What a port is for, by its interface number and its (class, subclass, protocol) where known."""
    if vid == 0x12D1 and triple is not None and triple[0] == 0xFF:
        return _HUAWEI.get(triple[1:], Role.UNKNOWN)
    roles = PORTS.get((vid, pid))
    if roles is None or interface is None:
        return Role.UNKNOWN
    return roles.get(interface, Role.UNKNOWN)


def rank(vid: int, interface: int | None, what: Role) -> tuple[int, int]:
    """A sort key: the port to ask first is the least."""
    number = 99 if interface is None else interface
    return what, -number if what is Role.UNKNOWN and vid in _LAST_IS_BEST else number


def kind(vid: int, pid: int, classes: frozenset[tuple[int, int]], has_ports: bool) -> Kind:
    """What a USB device is. ``classes`` are the (class, subclass) pairs of its interfaces."""
    if (vid, pid) in _RECOVERY:
        return Kind.RECOVERY
    if has_ports:
        return Kind.MODEM if maker(vid, pid) else Kind.STRANGER
    if (vid, pid) in _NETWORK:
        return Kind.NETWORK
    if (vid, pid) in CDROM:
        return Kind.CDROM
    return _without_ports(classes) if maker(vid, pid) else Kind.STRANGER


def _without_ports(classes: frozenset[tuple[int, int]]) -> Kind:
    # USB class codes: 02/0e MBIM, 02/06 and 02/0d Ethernet, e0/01 RNDIS, 08 storage, ff/.. QMI among others.
    if (0x02, 0x0E) in classes:
        return Kind.BROADBAND
    if classes & {(0x02, 0x06), (0x02, 0x0D), (0xE0, 0x01)}:
        return Kind.NETWORK
    if classes and all(major == 0x08 for major, _ in classes):
        return Kind.CDROM
    return Kind.BROADBAND if any(major == 0xFF for major, _ in classes) else Kind.STRANGER
