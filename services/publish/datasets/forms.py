"""The forms of the record: for each number, the members that the log commits to. They follow from the fields."""

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

import orjson

from services.publish.datasets import history, reports
from services.publish.datasets.field import Field, FieldProof, Row, members


class Form(NamedTuple):
    """One form. Never changed once a release has it: what is new makes a form of its own."""

    number: int
    record: tuple[str, ...]
    """The members of a report whose SHA-256, in this order, is the `record` of a fact."""
    entry: tuple[str, ...]
    """The members of a fact's entry, which is written with sorted names."""


def _members(fields: tuple[Field, ...], number: int) -> tuple[str, ...]:
    words = {FieldProof.MEMBER, FieldProof.WORDS} if number == 1 else {FieldProof.MEMBER}
    return members([each for each in fields if each.committed and each.since <= number and each.proof in words])


NEWEST = max(field.since for field in (*reports.FIELDS, *history.FIELDS) if field.committed)
"""The form of every fact that is written now."""
FORMS: Mapping[int, Form] = {
    number: Form(number, _members(reports.FIELDS, number), _members(history.FIELDS, number))
    for number in range(1, NEWEST + 1)
}


def digest(record: tuple[str, ...], row: Row) -> str:
    """The SHA-256, in hex, of these members of a report. Raises `KeyError` if the row lacks one of them."""
    return sha256(orjson.dumps({member: row[member] for member in record})).hexdigest()


def text_hash(salt: bytes, text: str) -> str:
    """What an entry says of a text, in hex."""
    return sha256(salt + text.encode()).hexdigest()
