"""The receipt of a filed report, for OpenAPI; the answer itself is written by the routes."""

from pydantic import BaseModel, Field

from services.intake.domain import Outcome


class FilingReceipt(BaseModel):
    """What became of a report that was sent."""

    id: str = Field(
        description="The report's public id, a UUID: at /v1/reports/{id} once the report is public.",
        examples=["0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10"],
    )
    code: str = Field(
        description="A short code that is no secret: to text back, and to read at /v1/codes/{code}.",
        examples=["K7M2P9QA"],
    )
    token: str = Field(
        description="The reporter's secret: at /v1/follow/{token} they read the report and speak of it.",
        examples=["q2v0mWJrT3uYkq8xN1cZ5A"],
    )
    url: str = Field(
        description="The reporter's own address, which ends with the token.",
        examples=["/v1/follow/q2v0mWJrT3uYkq8xN1cZ5A"],
    )
    emergency: list[str] | None = Field(
        default=None,
        description="Only if the words tell of danger now: the numbers to call at once, the first one first. Show them "
        "to the reporter before anything else.",
        examples=[["112"]],
    )
    differs: bool = Field(
        default=False, description="true: the source's id came before with other words; the new ones were not kept."
    )
    outcome: Outcome | None = Field(
        default=None,
        description="With the official key. new: a report of its own; changed: the source and id came before, and "
        "what changed was taken; unchanged: they came before with the same values.",
    )
