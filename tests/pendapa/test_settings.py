"""The settings of every process, as variables, in `.env.example`, and back."""

from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from contracts.region import Region
from gateway.settings import Settings as GatewaySettings
from pendapa.home import Home
from pendapa.plan import SERVICES, Order, environment, plan
from services.intake.settings import Settings as IntakeSettings
from services.publish.settings import Settings as PublishSettings
from services.routing.settings import Settings as RoutingSettings
from tests.pendapa.conftest import TINY

EXAMPLE = Path(__file__).parents[2] / ".env.example"
ALL: dict[str, type[BaseSettings]] = {
    "intake": IntakeSettings,
    "routing": RoutingSettings,
    "publish": PublishSettings,
    "gateway": GatewaySettings,
}


def test_the_example_names_every_setting_once_and_nothing_else() -> None:
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and not line.startswith("#")]
    named = [line.partition("=")[0] for line in lines]
    real = {f"{service}_{name}".upper() for service, settings in ALL.items() for name in settings.model_fields}

    assert len(named) == len(set(named))
    assert set(named) == real


@pytest.mark.parametrize("service", ["intake", "routing", "publish", "gateway"])
def test_a_process_reads_back_what_it_was_given(
    tmp_path: Path, tiny: Region, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    home = Home(tmp_path, "distributed")
    keys, secrets = home.prepare(tiny)
    order = Order(home, tiny, TINY, "127.0.0.1", 8000, "http://localhost:8000", False, keys, secrets)
    databases = {name: f"postgresql+psycopg://u:p@h/{name}" for name in SERVICES}
    given = getattr(plan(order, databases, "kafka://h:1", {"intake": 1, "routing": 2, "publish": 3}), service)
    for name, value in environment(given, service).items():
        monkeypatch.setenv(name, value)

    assert ALL[service]() == given


def test_no_setting_prints_a_secret(tmp_path: Path, tiny: Region) -> None:
    home = Home(tmp_path, "embedded")
    keys, secrets = home.prepare(tiny)
    order = Order(home, tiny, TINY, "127.0.0.1", 8000, "http://localhost:8000", False, keys, secrets)
    databases = dict.fromkeys(SERVICES, "postgresql+psycopg://u:hidden-word@h/n")
    shown = repr(plan(order, databases, "sqlite:////x", {}))

    assert "hidden-word" not in shown
    assert secrets.gateway_secret not in shown
    assert secrets.log_key not in shown
