"""Reads the content of the data page from publish: every dataset with its releases."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from pydantic import BaseModel, ValidationError

from gateway.client.client import Answer


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


class _Listed(BaseModel):
    id: str
    title: str
    latest: str | None = None


class _Datasets(BaseModel):
    datasets: list[_Listed]


class _Releases(BaseModel):
    releases: list[ShownRelease]


async def datasets(ask: Callable[[str], Awaitable[Answer]]) -> list[ShownDataset] | None:
    """All datasets with their releases, newest first; None if publish gives no usable answer."""
    answer = await ask("/v1/datasets")
    if answer.status != 200:
        return None
    try:
        listed = _Datasets.model_validate_json(answer.body).datasets
        return [
            ShownDataset(id=each.id, title=each.title, latest=each.latest, releases=await _releases(ask, each.id))
            for each in listed
        ]
    except ValidationError:
        return None


async def _releases(ask: Callable[[str], Awaitable[Answer]], dataset: str) -> list[ShownRelease]:
    answer = await ask(f"/v1/datasets/{dataset}/releases")
    if answer.status != 200:
        return []
    releases = _Releases.model_validate_json(answer.body).releases
    return sorted(releases, key=lambda release: release.number, reverse=True)
