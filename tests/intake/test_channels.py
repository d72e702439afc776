"""A region has the channels that it names, and no others."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from contracts.region import Region
from services.intake import channels
from services.intake.app import create_app
from services.intake.channels import PROVIDERS, UnknownChannel
from services.intake.settings import Settings
from tests.intake.conftest import CHANNEL


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_has_the_name_of_its_file_and_a_test(name: str) -> None:
    assert find_spec(f"services.intake.channels.{name}") is not None
    assert (Path(__file__).parent / f"test_{name}.py").exists()


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_is_described_where_it_is_served(name: str, settings: Settings, region: Region) -> None:
    app = create_app(settings, region.model_copy(update={"channels": (name,)}))
    provider = PROVIDERS[name]
    operations = app.openapi()["paths"][provider.path]
    assert set(operations) == {method.lower() for method in provider.methods}
    for operation in operations.values():
        assert operation["summary"]
        assert operation["security"] == [{"channelToken": []}]


def test_a_region_without_a_channel_serves_and_describes_none(settings: Settings, region: Region) -> None:
    app = create_app(settings, region.model_copy(update={"channels": ()}))
    with TestClient(app) as client:
        assert client.get("/channels/kannel", params={"text": "Jalan rusak"}, headers=CHANNEL).status_code == 404
    assert not [path for path in app.openapi()["paths"] if path.startswith("/channels")]


def test_a_channel_without_a_file_stops_the_start(region: Region) -> None:
    with pytest.raises(UnknownChannel, match=r"there is no channel fax, pigeon; there are .*kannel"):
        channels.of(region.model_copy(update={"channels": ("pigeon", "kannel", "fax")}))
