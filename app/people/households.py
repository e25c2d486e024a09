"""Two names on one number: whose it is, or both."""

from __future__ import annotations

from dataclasses import dataclass

from app.people.person import Person

_MOST = 4  # names in one; more than that are no family
Name = tuple[str, str, str]  # whole, first, last


@dataclass(frozen=True, slots=True)
class Household:
    """The names that a list gives to one number, in its order."""

    names: tuple[Name, ...]


def joined(person: Person, household: Household) -> Person:
    """``person`` called by every name: "Ana and Ben Ortega", or "Ana Ortega and Ben Park"."""
    names = household.names[:_MOST]
    firsts = [first or whole for whole, first, _last in names]
    lasts = {last.casefold() for _whole, _first, last in names}
    first_name = listed(firsts)
    if len(lasts) == 1:
        last = names[0][2]
        return person._replace(name=f"{first_name} {last}".strip(), first_name=first_name, last_name=last)
    return person._replace(name=listed([whole for whole, _, _ in names]), first_name=first_name, last_name="")


def listed(words: list[str]) -> str:
    """ "Ana", "Ana and Ben", "Ana, Ben and Cy"; a word that is there twice stands once."""
    words = list(dict.fromkeys(words))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
