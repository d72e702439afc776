"""How a public field is declared: once, for every answer, file, filter, description and check."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, cast

from contracts.events import Event
from services.publish.datasets.rules import Derived

if TYPE_CHECKING:
    from contracts.region import Region

EventType = type[Event]
Value = str | float | int | bool | None
Row = Mapping[str, object]
"""One row as it stands in a line of JSON: members by their names, in the order of the fields."""


class Type(StrEnum):
    """What a field's values are: Frictionless' names. A datetime is text of RFC 3339 in UTC, a date of ISO 8601."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    DATE = "date"


class FieldProof(StrEnum):
    """How the log commits to a field, in a dataset that it commits to."""

    MEMBER = "member"
    """It is a member of its form: of a report's record, or of a fact's entry."""
    WORDS = "words"
    """A text: in form 1 a member; later by a salted hash of its own, so that it alone can be erased."""
    NONE = "none"
    """The log does not commit to it: a salt, a position, or a derived field."""


class Said(NamedTuple):
    """The same in Indonesian and in English."""

    id: str
    en: str


@dataclass(frozen=True)
class Equal:
    """Filter by any of some values, in a parameter with the field's own name; `known` returns all values."""

    known: "Callable[[Region], Collection[str]]"
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """Further values of the parameter, each of which stands for some of the field's."""


@dataclass(frozen=True)
class Inside:
    """Filter by any of some places: a desa's code finds the desa, a kecamatan's code all places in it."""

    parameter: str


@dataclass(frozen=True)
class From:
    """Filter by a time: at that time or later."""

    parameter: str


@dataclass(frozen=True)
class Before:
    """Filter by a time: before it."""

    parameter: str


@dataclass(frozen=True)
class WithinBox:
    """Filter by a bounding box; the field is the latitude, beside one that is named `long`."""

    parameter: str


@dataclass(frozen=True)
class HasWords:
    """Filter by words of the text."""

    parameter: str


Filter = Equal | Inside | From | Before | WithinBox | HasWords


@dataclass(frozen=True)
class Field:
    """One public field. In files it is a column; in JSON a member, or (`path`) a member of a member."""

    name: str
    type: Type
    says: Said
    empty: bool = True
    """Whether it may be empty."""
    since: int = 1
    """The form that first had it."""
    proof: FieldProof = FieldProof.MEMBER
    derived: Derived | None = None
    path: tuple[str, ...] = ()
    """The names that lead to it in JSON, if not its own name."""
    choices: tuple[str, ...] = ()
    """Every value that it may have, where there are few."""
    filters: tuple[Filter, ...] = ()
    taken: tuple[EventType, ...] = ()
    """The events that set it, each from its member of the same name."""
    confidential: bool = False
    """Whether it is public of a confidential report too."""
    answered: bool = True
    """Whether the API's answers have it, as the files do."""
    refers: str = ""
    """The dataset whose key it is."""
    default: Value = None
    """The value of a report that a version without the field wrote."""
    example: Value = None
    """A value that it may have, for the API's documentation."""

    def __post_init__(self) -> None:
        for event in self.taken:
            if self.member not in event.model_fields:
                raise TypeError(f"the field {self.name} is taken from {event.__name__}, which has no {self.member}")

    @property
    def member(self) -> str:
        """The member of the row's JSON that holds it."""
        return self.path[0] if self.path else self.name

    @property
    def committed(self) -> bool:
        return self.proof is not FieldProof.NONE and self.derived is None

    def values(self, rows: Sequence[Row]) -> list[Value]:
        """Its value in each of the rows."""
        if not self.path:
            values = [row.get(self.name) for row in rows]
            if _PLAIN.issuperset(map(type, values)):
                return cast("list[Value]", values)
        return [self.value(row) for row in rows]

    def value(self, row: Row) -> Value:
        """Its value in a row; null if the row has no such member. A list becomes text with spaces between."""
        value = row.get(self.member)
        for step in self.path[1:]:
            value = None if value is None else _member(value, step)
        if isinstance(value, list):
            return " ".join(map(str, value))
        if value is None or isinstance(value, str | float | int | bool):
            return value
        raise ValueError(f"the value of {self.name} is neither text nor a number")


_PLAIN = frozenset({str, float, int, bool, type(None)})


def name_of(field: Field, says: Said, take: str = "name", suffix: str = "_name") -> Field:
    """The field with the name beside a code, which the dataset that the code refers to has."""
    name = field.name + suffix
    derived = Derived(1, field.name, field.refers, take)
    return Field(name, Type.STRING, says, proof=FieldProof.NONE, derived=derived, answered=False, since=2)


def members(fields: Collection[Field]) -> tuple[str, ...]:
    """The members of these fields, each once, in order."""
    return tuple(dict.fromkeys(field.member for field in fields))


def _member(value: object, name: str) -> object:
    if not isinstance(value, Mapping):
        raise ValueError("a member that should have members has none")
    return value.get(name)
