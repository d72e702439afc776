"""The file contacts.csv: the offices' own numbers, e-mail addresses and accounts, which stay readable in answers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType
from pydantic import BaseModel, ConfigDict, Field

from contracts.region.read import RegionFile, read_csv

NAME = "contacts.csv"
COLUMNS = ("agency", "kind", "value", "source")
_ACCOUNT = re.compile(r"@?[A-Za-z_][A-Za-z0-9_.]{2,29}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")


class OfficeContact(BaseModel):
    """A number or an address of an office, not of a person in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agency: str = Field(min_length=1)
    kind: Literal["phone", "email", "account"]
    value: str = Field(min_length=1)
    source: str = Field(min_length=1)
    """Where it was published: a page's address, or a decree."""


@dataclass
class ContactTable:
    """The file's rows, each with its line."""

    source: RegionFile
    rows: list[tuple[int, OfficeContact]] = field(default_factory=list)

    @property
    def contacts(self) -> tuple[OfficeContact, ...]:
        return tuple(contact for _, contact in self.rows)


def read_contacts(path: Path) -> ContactTable:
    """The file; a region need not have it."""
    if not path.exists():
        return ContactTable(RegionFile(path))
    source, rows = read_csv(path, COLUMNS)
    read = ((row.line, row.parse(source, OfficeContact)) for row in rows)
    return ContactTable(source, [(line, contact) for line, contact in read if contact is not None])


def check_contacts(table: ContactTable, country: str) -> None:
    """Add a fault for each value that is no number of `country` (ISO 3166) or no address, or that stands twice."""
    seen: dict[tuple[str, str], int] = {}
    for line, contact in table.rows:
        if contact.kind == "email":
            key = contact.value.casefold()
            if not _EMAIL.fullmatch(contact.value):
                table.source.fault(line, f"{contact.value!r} is no e-mail address; write name@host")
        elif contact.kind == "account":
            key = contact.value.removeprefix("@").casefold()
            if not _ACCOUNT.fullmatch(contact.value):
                table.source.fault(
                    line, f"{contact.value!r} is no account of social media; write its name, such as @name"
                )
        else:
            key = min(spellings(contact.value, country), key=len, default="")
            if not key:
                what = f"{contact.value!r} is no telephone number with its area code; write one such as 0353 881826"
                table.source.fault(line, f"{what} (shorter ones, such as 112, are never masked)")
                continue
        first = seen.setdefault((contact.kind, key), line)
        if first != line:
            table.source.fault(line, f"{contact.value!r} already stands on line {first}; keep one")


def spellings(number: str, country: str) -> frozenset[str]:
    """The digits of a number as people write them: with the country's code, with a zero, and without its area code.

    Empty if it is no number of that country.

    >>> sorted(spellings("(0353) 881-826", "ID"), key=len)[:3]
    ['881826', '353881826', '0353881826']
    """
    try:
        parsed = phonenumbers.parse(number, country)
    except NumberParseException:
        return frozenset()
    if not phonenumbers.is_possible_number(parsed):
        return frozenset()
    national, code = phonenumbers.national_significant_number(parsed), str(parsed.country_code)
    fixed = phonenumbers.number_type(parsed) == PhoneNumberType.FIXED_LINE
    local = national[phonenumbers.length_of_geographical_area_code(parsed) :] if fixed else national
    international = (f"{start}{code}{zero}{national}" for start in ("", "00") for zero in ("", "0"))
    return frozenset({local, national, f"0{national}", *international})


def phones(contacts: Iterable[OfficeContact], country: str) -> frozenset[str]:
    """Every spelling, as digits, of every number."""
    return frozenset().union(*(spellings(each.value, country) for each in contacts if each.kind == "phone"))


def emails(contacts: Iterable[OfficeContact]) -> frozenset[str]:
    """Every address, in small letters."""
    return frozenset(each.value.casefold() for each in contacts if each.kind == "email")


def accounts(contacts: Iterable[OfficeContact]) -> frozenset[str]:
    """Every account of social media, in small letters and without the "@"."""
    return frozenset(each.value.removeprefix("@").casefold() for each in contacts if each.kind == "account")
