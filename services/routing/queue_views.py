"""The parameters of a queue, and the shape of its counts."""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from contracts.events import Channel
from kit.query import A_TIME, read_time, split
from services.routing.domain import OPEN, State
from services.routing.reading.triage import HeldBecause
from services.routing.views import Reference

Status: Any = Literal["open", *map(str, State)]
"""As text, for errors that name the values."""
Sort = Literal["-received", "received", "due", "-updated", "updated"]


def _time(written: str) -> str:
    try:
        read_time(written, ZoneInfo("UTC"))
    except (ValueError, OverflowError):
        raise ValueError(A_TIME) from None
    return written


def _flag(written: object) -> object:
    if written not in ("true", "false"):
        raise ValueError("true or false")
    return written == "true"


_SEVERAL = "Several with commas between, or in parameters of the same name: one of them is enough."
_TIME = "A date (its first moment) or a time; without an offset, in the region's time."
_YEARS = r"^(19|2\d)\d\d-"
Time = Annotated[
    str,
    AfterValidator(_time),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": _YEARS, "examples": ["2026-12-01T00:00:00Z"]}),
]
"""A time as it was written: the region's zone is needed to read one without an offset."""
Flag = Annotated[bool, BeforeValidator(_flag)]


class QueueFilter(BaseModel):
    """Which reports of a queue are meant; each parameter narrows it further."""

    model_config = ConfigDict(extra="forbid")

    held_because: Annotated[list[HeldBecause], BeforeValidator(split)] = Field(
        default=[], description=f"Held for this reason, perhaps among others. {_SEVERAL}", examples=[["sensitive"]]
    )
    category: Annotated[list[str], BeforeValidator(split)] = Field(
        default=[], description=f"The code of the category. {_SEVERAL}", examples=[["jalan-rusak"]]
    )
    place: Annotated[list[str], BeforeValidator(split)] = Field(
        default=[],
        description=f"The code of a desa or kelurahan, or of a kecamatan for all that lies in it. {_SEVERAL}",
        examples=[["35.22.14"]],
    )
    channel: Annotated[list[Channel], BeforeValidator(split)] = Field(
        default=[], description=f"The channel that the report came by. {_SEVERAL}", examples=[["sms", "radio"]]
    )
    reference: list[Reference] = Field(
        default=[],
        description="The agency's own number for the report, as it was set. Several in parameters of the same name; a "
        "comma belongs to the number.",
        examples=[["TKT-2026/0117"]],
    )
    urgent: Flag | None = Field(
        default=None,
        description="true: reports of danger that nobody has answered yet; false: all others.",
        examples=[True],
    )
    overdue: Flag | None = Field(
        default=None,
        description="true: what is due and whose deadline has passed; false: all others.",
        examples=[True],
    )
    due_before: Time | None = Field(default=None, description=f"Due before this time. {_TIME}")
    received_from: Time | None = Field(default=None, description=f"Received at this time or later. {_TIME}")
    received_to: Time | None = Field(default=None, description=f"Received before this time. {_TIME}")
    updated_from: Time | None = Field(default=None, description=f"Changed at this time or later. {_TIME}")
    transferred_by_me: Flag | None = Field(
        default=None,
        description="true: in place of the agency's own reports those that it gave to another agency, and that it has "
        "no more. For agencies' keys only.",
        examples=[True],
    )


class Queue(QueueFilter):
    """The parameters of the list. `cursor` comes from `next` of the page before, and belongs to its `sort`."""

    status: Annotated[list[Status], BeforeValidator(split)] = Field(
        default=[],
        description=f"The report's state; open: each but closed and rejected. {_SEVERAL}",
        examples=[["open"]],
    )
    sort: Sort = Field(
        default="-received",
        description="The order: due puts first what is due next, and at the end what is not due, newest first; a minus "
        "sign puts the newest first. Before them stand the reports of danger that nobody has answered, newest first; "
        "only updated, by which programs follow changes, has them at their time.",
        examples=["due"],
    )
    limit: int = Field(default=100, ge=1, le=1000, description="Reports a page, at most.", examples=[100])
    cursor: str | None = Field(
        default=None,
        pattern=r"^[nu]?-?[0-9]{1,18}~[0-9a-f-]{36}$",
        description="Where the page begins: take it from `next`.",
        examples=["1795500000000000~0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10"],
    )

    @property
    def states(self) -> set[str]:
        """The states that are asked for; empty for all."""
        return {str(state) for each in self.status for state in (OPEN if each == "open" else (each,))}


class OpenByStatus(BaseModel):
    """How many open reports are in each state."""

    held: int = Field(description="Held for an official.", examples=[0])
    verified: int = Field(description="Public, and given to no agency.", examples=[0])
    disposed: int = Field(description="Given to the agency, which has not taken it up yet.", examples=[12])
    in_progress: int = Field(description="Taken up by the agency.", examples=[20])
    responded: int = Field(description="Answered; closed by silence unless somebody says a word.", examples=[15])
    reopened: int = Field(description="Closed once, and open again.", examples=[1])


class Counts(BaseModel):
    """How many reports are still open, and how many of them are late. Closed reports are in `/v1/stats`."""

    open: int = Field(description="All reports that are neither closed nor rejected.", examples=[48])
    by_status: OpenByStatus = Field(description="The same by state.")
    overdue: int = Field(description="Open reports whose deadline has passed without an answer.", examples=[3])
    due_today: int = Field(description="Open reports that are due later today, in the region's time.", examples=[5])
