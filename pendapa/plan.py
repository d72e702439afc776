"""The settings of every process on a footing: gateway, intake, routing and publish."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, SecretStr

from contracts.region import Region
from gateway.settings import Settings as GatewaySettings
from pendapa.home import Home, Keys, Secrets
from services.intake.settings import Settings as IntakeSettings
from services.publish.settings import Settings as PublishSettings
from services.routing.settings import Settings as RoutingSettings

SERVICES = ("intake", "routing", "publish")


@dataclass(frozen=True)
class Order:
    """What `pendapa up` was started with, and what its data folder holds."""

    home: Home
    region: Region
    region_path: Path
    host: str
    port: int
    public_url: str
    private_webhooks: bool
    keys: Keys
    secrets: Secrets


@dataclass(frozen=True)
class Plan:
    """The settings of the gateway and the three services."""

    gateway: GatewaySettings
    intake: IntakeSettings
    routing: RoutingSettings
    publish: PublishSettings


def plan(order: Order, databases: dict[str, str], bus: str, ports: dict[str, int]) -> Plan:
    """The settings; `ports` of the services is empty where they share the gateway's process."""
    secret, region = SecretStr(order.secrets.gateway_secret), order.region_path
    url = {service: f"http://127.0.0.1:{ports[service]}" if ports else "" for service in SERVICES}

    def database(service: str) -> SecretStr:
        return SecretStr(databases[service])

    return Plan(
        gateway=GatewaySettings(
            gateway_secret=secret,
            keys_file=order.home.hashes_file,
            region=region,
            host=order.host,
            port=order.port,
            intake_url=url["intake"],
            routing_url=url["routing"],
            publish_url=url["publish"],
            sandbox=order.home.is_sandbox,
        ),
        intake=IntakeSettings(
            database_url=database("intake"),
            bus_url=bus,
            region=region,
            gateway_secret=secret,
            port=ports.get("intake", 0),
            follow_secret=SecretStr(order.secrets.follow_secret),
        ),
        routing=RoutingSettings(
            database_url=database("routing"),
            bus_url=bus,
            region=region,
            gateway_secret=secret,
            port=ports.get("routing", 0),
            private_webhooks=order.private_webhooks,
        ),
        publish=PublishSettings(
            database_url=database("publish"),
            bus_url=bus,
            region=region,
            gateway_secret=secret,
            port=ports.get("publish", 0),
            files_url=(order.home.store / "files").as_uri(),
            log_key=SecretStr(order.secrets.log_key),
            origin=order.secrets.origin,
            log_copy=str(order.home.log_copy()),
            public_url=order.public_url,
            open311_test_url=f"{order.public_url}/open311/v2" if order.home.is_sandbox else "",
        ),
    )


def environment(settings: BaseModel, prefix: str) -> dict[str, str]:
    """The settings as the environment variables that they are read from."""
    variables: dict[str, str] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value is not None:
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            variables[f"{prefix}_{name}".upper()] = text
    return variables
