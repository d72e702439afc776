"""The bodies and answers of `/v1/imports`."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.text import SEEN, visible_text
from contracts.times import Moment

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=SEEN), AfterValidator(visible_text)]


class NewImport(BaseModel):
    """An import to be begun; its reports then name its number."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    name: Name | None = Field(
        default=None, description="A name for people, such as the file's.", examples=["laporan-2025.csv"]
    )
    source: Name | None = Field(
        default=None, description="The name of the source that its reports have.", examples=["sp4n-lapor"]
    )


class ImportQuery(BaseModel):
    """The parameters of the list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=100, ge=1, le=1000, description="Imports a page.", examples=[100])
    before: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="Only imports with a lower number.", examples=[7]
    )


class ImportView(BaseModel):
    """An import, and what became of the reports that it brought, as far as their standings have reached intake."""

    number: int = Field(description="Its number, from 1.", examples=[1])
    name: str | None = Field(description="Its name for people.", examples=["laporan-2025.csv"])
    source: str | None = Field(description="The name of the source that its reports have.", examples=["sp4n-lapor"])
    made_at: Moment = Field(description="When it was begun, in UTC.")
    undone_at: Moment | None = Field(description="When it was taken back, in UTC; null: it stands.")
    reports: int = Field(description="All reports that it brought.", examples=[200])
    opened: int = Field(description="Reports that became public; they may have been hidden since.")
    held: int = Field(description="Reports that wait for an official, or to be read.")
    rejected: int = Field(description="Reports that an official rejected.")


class ImportPage(BaseModel):
    """Newest first."""

    imports: list[ImportView] = Field(description="The imports of this page.")
    next: str | None = Field(
        description="Where the next page is; null on the last.", examples=["/v1/imports?limit=100&before=7"]
    )
