"""The models of answers for OpenAPI, made from the declared fields."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from services.publish.datasets import history, reports
from services.publish.datasets.field import Field as PublicField
from services.publish.datasets.field import Type
from services.publish.faces.documented import AsOf, Epoch

_TYPES: Mapping[Type, Any] = {
    Type.STRING: str,
    Type.NUMBER: float,
    Type.INTEGER: int,
    Type.BOOLEAN: bool,
    Type.DATETIME: datetime,
    Type.DATE: date,
}


def model(name: str, fields: Sequence[PublicField], **further: Any) -> type[BaseModel]:
    """The model of a row of these fields, with `further` members: the type of each."""
    members: dict[str, Any] = {}
    for field in fields:
        if not field.path:
            members[field.name] = (_type(field), _described(field))
        elif field.member not in members:
            inner = model(field.member.capitalize(), _inside(fields, field.member))
            members[field.member] = (inner | None, Field(description=_ABOUT.get(field.member, "Null: not known.")))
    members |= {name: (kind, ...) for name, kind in further.items()}
    created: type[BaseModel] = create_model(name, __doc__=_MODELS[name], **members)
    return created


_MODELS = {
    "Report": "A public report.",
    "ReportInFull": "A public report, with all that happened to it.",
    "Place": "A desa, kelurahan or kecamatan.",
    "Step": "One thing that happened to a report.",
}
_ABOUT = {"place": "The desa, kelurahan or kecamatan that it is about; null: not known, or withheld."}


def _described(field: PublicField) -> Any:
    examples = [] if field.example is None else [field.example]
    return Field(description=field.says.en, examples=examples or None)


def _inside(fields: Sequence[PublicField], member: str) -> list[PublicField]:
    """The members of a member: it has all of them, or is null itself."""
    inner = [each for each in fields if each.path[:1] == (member,)]
    return [replace(each, name=each.path[1], path=(), taken=(), empty=False) for each in inner]


def many(each: type[BaseModel], about: str) -> Any:
    """The type of a described list of them."""
    return Annotated[list[each], Field(description=about)]  # type: ignore[valid-type]


def _type(field: PublicField) -> Any:
    kind = Literal[field.choices] if field.choices else _TYPES[field.type]
    return kind | None if field.empty else kind


_LOG = Annotated[list[int], Field(description="Indexes of its leaves in the transparency log.")]
_NEXT = Annotated[
    str | None,
    Field(description="Where the next page is; null on the last.", examples=["/v1/reports?limit=100&cursor=…"]),
]

Report = model("Report", reports.ANSWERED)
Reports = create_model(
    "Reports",
    __doc__="A page of reports.",
    reports=(many(Report, "The reports of this page, newest first."), ...),
    next=(_NEXT, ...),
    as_of=(AsOf, ...),
    epoch=(Epoch, ...),
)
Step = model("Step", [field for field in history.FIELDS if field.name in history.STEP])
ReportInFull = model(
    "ReportInFull", reports.ANSWERED, history=many(Step, "What happened to it, oldest first."), log=_LOG
)
