"""The receipt of a filed report, for OpenAPI; the answer itself is written by the routes."""

from pydantic import BaseModel, Field

from services.intake.domain import Outcome


class FilingReceipt(BaseModel):
    """What became of a report that was sent."""

    id: str = Field(description="The report's id, a UUID.", examples=["0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10"])
    code: str = Field(description="A short code to ask with, as SMS receipts have it.", examples=["K7M2Q"])
    url: str = Field(
        description="Where the report is once it is public; 404 until then.",
        examples=["/v1/reports/0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10"],
    )
    differs: bool = Field(
        default=False, description="true: the source's id came before with other words; the new ones were not kept."
    )
    outcome: Outcome | None = Field(
        default=None,
        description="With the official key. new: a report of its own; changed: the source and id came before, and "
        "what changed was taken; unchanged: they came before with the same values.",
    )
