"""The bodies and answers of `/v1/codes/{code}` and `/v1/follow/{token}`."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contracts.events import Closure
from contracts.text import SEEN, visible_text
from contracts.times import Moment
from services.intake.domain import TEXT_LIMIT
from services.intake.steps import WORDS

Status = Literal[
    "received", "verified", "disposed", "in_progress", "responded", "closed", "reopened", "rejected"
]  # those of routing that its reporter is told; one that is held is still `received`


class StandingView(BaseModel):
    """Where a report stands, as the reply to `CEK` tells it; none of the report's words."""

    code: str = Field(description="The report's code.", examples=["K7M2P9QA"])
    status: Status = Field(description="`received`: nobody has verified it yet; it may be held for an official.")
    status_since: Moment = Field(description="When it came to this status, in UTC.")
    agency: str | None = Field(description="The id of the agency that has it, in /v1/agencies.", examples=["dinkes"])
    agency_name: str | None = Field(description="That agency's name.")
    due_at: Moment | None = Field(
        description="The end of the time that runs: to verify, to answer, or to say something after an answer. In "
        "UTC; null if none runs."
    )
    late: bool = Field(description="Whether the time to verify or to answer it is over.")
    hidden: bool = Field(description="Whether it was taken out of public view; its agency still answers it.")
    merged: bool = Field(
        description="Whether it was merged into another report about the same: all else tells of that one since."
    )
    duplicate_of: str | None = Field(description="The id of that report, if all of both is public.")
    closure: Closure | None = Field(description="How it ended; null while it is not closed.")
    reason: str | None = Field(description="Why it was rejected, in public words.")
    message: str = Field(description="The same in one SMS, in the region's language.")


class StepView(BaseModel):
    """One step of a report's way, or what its reporter said."""

    at: Moment = Field(description="When it happened or was said, in UTC.")
    what: Literal[WORDS] = Field(  # type: ignore[valid-type]  # the values of the table
        description="What happened, in the past tense.", examples=["disposed"]
    )
    by: Literal["reporter", "office"] = Field(description="office: the machine, an official or an agency.")
    agency: str | None = Field(description="The agency's id.", examples=["dinkes"])
    text: str | None = Field(description="The answer as it is public, or the words that the reporter added.")
    reason: str | None = Field(description="Why, in public words.")
    acted: bool | None = Field(description="Of an answer: whether something was done, or only explained.")
    closure: Closure | None = Field(description="Of a close: how it ended.")


class Say(StrEnum):
    """What a reporter may say."""

    add = "add"
    satisfied = "satisfied"
    unsatisfied = "unsatisfied"
    hide = "hide"
    withdraw = "withdraw"


class FollowView(StandingView):
    """A report, as its own reporter may read it."""

    id: str = Field(description="The report's public id, a UUID; at /v1/reports/{id} once it is public.")
    text: str = Field(description="The reporter's words, as they were sent.")
    received_at: Moment = Field(description="When it was received, in UTC.")
    history: list[StepView] = Field(
        description="What happened, and what the reporter said, in order. An older report may lack its first steps."
    )
    may: list[Say] = Field(description="What the reporter can usefully say now.")


class Saying(BaseModel):
    """What the reporter says. `add` needs a text; `satisfied` and `unsatisfied` may have one, the others have none."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    say: Annotated[Say, Field(strict=False)] = Field(
        description="add: further words. satisfied, unsatisfied: with the answer or the end; unsatisfied reopens a "
        "closed report. hide: out of public view, while its agency still answers. withdraw: the report is taken back."
    )
    text: (
        Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT, pattern=SEEN), AfterValidator(visible_text)] | None
    ) = Field(
        default=None, description=f"At most {TEXT_LIMIT} characters.", examples=["Sekarang sampai ke depan SDN 2"]
    )

    @model_validator(mode="after")
    def _fits(self) -> "Saying":
        if self.say == Say.add and self.text is None:
            raise ValueError("add needs a text")
        if self.text is not None and self.say in (Say.hide, Say.withdraw):
            raise ValueError(f"{self.say} has no text; say add for words")
        return self
