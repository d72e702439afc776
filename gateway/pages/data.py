"""Reads the content of the data page from publish: every dataset with its newest releases."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from pydantic import BaseModel, ValidationError

from gateway.client.client import Answer

SHOWN = 10
"""Releases of each dataset on the page."""
Ask = Callable[[str, bytes], Awaitable[Answer]]
"""Asks publish for a path with a query."""


class File(BaseModel):
    name: str
    url: str
    bytes: int
    sha256: str


class ShownRelease(BaseModel):
    number: int
    made_at: datetime
    rows: int
    withdrawn_at: datetime | None = None
    reason: str | None = None
    url: str
    files: list[File]


class ShownDataset(BaseModel):
    id: str
    title: str
    latest: str | None = None
    releases: list[ShownRelease] = []
    older: str | None = None
    """The address of the releases that are not shown."""


class _Listed(BaseModel):
    id: str
    title: str
    latest: str | None = None


class _Datasets(BaseModel):
    datasets: list[_Listed]


class _Releases(BaseModel):
    releases: list[ShownRelease] = []
    next: str | None = None


async def datasets(ask: Ask) -> list[ShownDataset] | None:
    """All datasets with their newest releases; None if publish gives no usable answer."""
    answer = await ask("/v1/datasets", b"")
    if answer.status != 200:
        return None
    try:
        listed = _Datasets.model_validate_json(answer.body).datasets
        return [_shown(each, await _releases(ask, each.id)) for each in listed]
    except ValidationError:
        return None


def _shown(dataset: _Listed, page: _Releases) -> ShownDataset:
    return ShownDataset(**dataset.model_dump(), releases=page.releases, older=page.next)


async def _releases(ask: Ask, dataset: str) -> _Releases:
    answer = await ask(f"/v1/datasets/{dataset}/releases", f"limit={SHOWN}".encode())
    return _Releases.model_validate_json(answer.body) if answer.status == 200 else _Releases()
