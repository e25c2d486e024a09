"""Who an emulated modem pretends to be: one TOML file for each real device, ``resources/personas``.

A persona is data. What a device says beyond that, the emulator says as 3GPP TS 27.005 and 27.007 have it.
The keys are described in ``docs/handbook/vendors.md``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

_NO_TEXTS: Mapping[str, str] = MappingProxyType({})
_NO_LINES: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_SIZES: Mapping[str, int | str] = MappingProxyType({"SM": 20, "ME": 20, "MT": "SM"})


class PersonaError(ValueError):
    """A persona that cannot be used; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Persona:
    """One device. Commands are written without their AT, in upper case, as in ``+CPMS=?``.

    - ``identify``: the answer to ATI. ``end``: what ends a line of information.
    - ``boot``: (seconds after power-on, line). ``power_on``: they come at the first start and after the cable
      was pulled, too, not only after a restart.
    - ``drops``: seconds for which the port is gone at a restart, as USB sticks do.
    - ``busy``: so many of the ``busy_commands`` after a start are refused with ``busy_error``.
    - ``locked``: nothing but the PIN is answered before the PIN.
    - ``noise``: said by itself, one line every ``noise_every`` s in turn, until ``noise_ends`` is asked;
      ``inside`` slips into listings.
    - ``unknown``: the result of commands that nobody knows. ``silent``: commands that get no result.
    - ``answers``: the lines for a command; ``refuses``: the result, for a command or, with * behind it, for
      all that begin so.
    - ``memories``: name to number of slots, or to the name of another memory that it shows; ``first``: the
      number of the first slot; ``arguments``: how many names +CPMS takes.
    - ``cnmi``: the values taken at each place of +CNMI; ``cnmi_error``: the result for others.
    - ``services``: what +CSMS offers. ``pushed``: what stands behind the +CMTI of a WAP push.
    - ``report``: what stands before the length of +CDS. ``ussd``: "plain" or "packed".
    """

    name: str = "practice"
    sources: tuple[str, ...] = ()
    manufacturer: str = ""
    model: str = ""
    firmware: str = ""
    identify: tuple[str, ...] = ()
    echo: bool = True
    end: str = "\r\n"
    boot: tuple[tuple[float, str], ...] = ()
    power_on: bool = True
    drops: float = 0.0
    busy: int = 0
    busy_error: str = "+CME ERROR: 14"
    busy_commands: tuple[str, ...] = ()
    locked: bool = False
    noise: tuple[str, ...] = ()
    noise_every: float = 1.0
    noise_ends: str = ""
    inside: str = ""
    unknown: str = ""
    silent: tuple[str, ...] = ()
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_LINES)
    refuses: Mapping[str, str] = field(default_factory=lambda: _NO_TEXTS)
    memories: Mapping[str, int | str] = field(default_factory=lambda: _SIZES)
    first: int = 1
    arguments: tuple[int, ...] = (1, 2, 3)
    cnmi: tuple[tuple[int, ...], ...] = ((0, 1, 2), (0, 1, 2, 3), (0,), (0, 1, 2), (0, 1))
    cnmi_error: str = "+CMS ERROR: 303"
    services: tuple[int, ...] = (0, 1)
    pushed: str = ""
    report: str = ""
    ussd: str = "plain"


#: The modem that the emulator is when nobody asks for another: 27.005 to the letter, under its own name.
PRACTICE = Persona(
    boot=((0.0, "RDY"), (0.0, "+CPIN: READY"), (0.0, "Call Ready"), (0.0, "SMS Ready")), power_on=False
)
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "str": str,
    "bool": bool,
    "int": int,
    "float": (int, float),
}
_KNOWN = {item.name: str(item.type) for item in fields(Persona) if item.name != "name"}


def _folder() -> Traversable:
    return resources.files("resources") / "personas"


def names() -> tuple[str, ...]:
    """The personas that come with the program, sorted."""
    return tuple(sorted(entry.name[:-5] for entry in _folder().iterdir() if entry.name.endswith(".toml")))


def load(name: str) -> Persona:
    """A persona by its name, or from a file when ``name`` ends with .toml. Raises :class:`PersonaError`."""
    if name.endswith(".toml"):
        path: Path | Traversable = Path(name)
    elif name in names():
        path = _folder() / f"{name}.toml"
    else:
        raise PersonaError(f"There is no persona {name!r}. There are: {', '.join(names())}.")
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise PersonaError(f"The persona {name} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PersonaError(f"The persona {name} is no valid TOML: {error}.") from error
    return _made(name, data)


def _made(name: str, data: Mapping[str, Any]) -> Persona:
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in _KNOWN:
            raise PersonaError(f"The persona {name} has {key!r}. Known are: {', '.join(_KNOWN)}.")
        try:
            values[key] = _value(_KNOWN[key], value)
        except (TypeError, ValueError):
            raise PersonaError(f"In the persona {name}, {key!r} is not of the right kind.") from None
    if values.get("ussd", "plain") not in ("plain", "packed"):
        raise PersonaError(f'In the persona {name}, "ussd" is "plain" or "packed".')
    return Persona(name=name.rpartition("/")[2].removesuffix(".toml"), **values)


def _value(kind: str, value: Any) -> Any:
    """``value`` frozen, when it is what the field's annotation ``kind`` says; else ``TypeError``."""
    if kind in _KINDS:
        if not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "bool"):
            raise TypeError(kind)
        return value
    if kind.startswith("Mapping"):
        if not isinstance(value, dict):
            raise TypeError(kind)
        many = "tuple" in kind
        return MappingProxyType({key: tuple(item) if many else item for key, item in value.items()})
    if isinstance(value, str):
        raise TypeError(kind)
    return tuple(tuple(item) if isinstance(item, list) else item for item in value)
