"""The bodies and answers of `/v1/imports`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.text import VISIBLE
from contracts.times import Moment

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=VISIBLE)]


class NewImport(BaseModel):
    """An import to be begun; its reports then name its number."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    name: Name | None = Field(default=None, description="Such as the file's.", examples=["laporan-2025.csv"])
    source: Name | None = Field(default=None, description="The name of the source that its reports have.")


class ImportQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=100, ge=1, le=1000)
    before: int | None = Field(default=None, ge=1, le=2**63 - 1, description="Only imports with a lower number.")


class ImportView(BaseModel):
    """An import, and what became of the reports that it brought, as far as their standings have reached intake."""

    number: int
    name: str | None
    source: str | None
    made_at: Moment
    undone_at: Moment | None
    reports: int
    opened: int = Field(description="Reports that became public; they may have been hidden since.")
    held: int = Field(description="Reports that wait for an official, or to be read.")
    rejected: int


class ImportPage(BaseModel):
    """Newest first."""

    imports: list[ImportView]
    next: str | None
