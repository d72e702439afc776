"""What a start says on the terminal."""

from pathlib import Path

import pytest

from contracts.region import Region
from pendapa import screen
from pendapa.home import Home
from pendapa.plan import Order
from tests.pendapa.conftest import TINY


@pytest.mark.parametrize("channels", [("kannel",), ()])
def test_the_first_call_is_an_sms_where_the_region_has_kannel(
    tmp_path: Path, tiny: Region, channels: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    region, home = tiny.model_copy(update={"channels": channels}), Home(tmp_path, "embedded")
    keys, secrets = home.prepare(region)
    url = "http://localhost:8000"
    order = Order(home, region, TINY, "127.0.0.1", 8000, url, private_webhooks=False, keys=keys, secrets=secrets)
    screen.say_ready(order, "embedded", 0.5)
    said = capsys.readouterr().out
    assert f"{url}/docs" in said
    assert (f"{url}/channels/kannel" in said) == bool(channels)
