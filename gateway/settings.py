"""The gateway's settings."""

from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The services' URLs are empty on the embedded footing, where `create_app` gets their apps."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="GATEWAY_")

    gateway_secret: SecretStr
    """The gateway's proof of identity to the services."""
    keys_file: Path
    """The hashes of the keys (see `gateway.callers.keys`); read again within a second of a change."""
    region: Path
    """The folder of the government's configuration."""
    intake_url: str = ""
    routing_url: str = ""
    publish_url: str = ""
    sandbox: bool = False
    """Whether this server is for trying things: every answer says so in `X-Pendapa-Sandbox`, and so do the pages."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    trusted_proxies: str = "127.0.0.1,::1"
    """Addresses and networks, with commas between, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. They
    may themselves have any number of connections and requests under way, as programs on this machine do."""
    connections: int = Field(default=0, ge=0)
    """Open at once; 0: as many as the process may have files, less some for its own."""
    connections_per_address: int = Field(default=256, ge=1)
    requests_per_address: int = Field(default=64, ge=1)
    """Under way at once. A provider's door is not counted."""
    requests_a_minute: int = Field(default=1200, ge=1)
    """Of one address. A provider's door is not counted."""
    requests_a_minute_of_a_key: int = Field(default=6000, ge=1)
    requests_a_minute_from_here: int = Field(default=600_000, ge=1)
    """Of a trusted proxy's own address, such as a program on this machine, and of a key that is used from there."""
    guesses_an_hour: int = Field(default=100, ge=1)
    """Wrong codes and tokens that one address may try in an hour, in each process; as many as SMS are answered."""
    body_seconds: float = Field(default=300, gt=0)
    """The longest that a body may take."""
    body_grace_seconds: float = Field(default=5, gt=0)
    """After these, a body must have come with `body_least_speed` bytes a second on average."""
    body_least_speed: float = Field(default=500, gt=0)

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for each in filter(None, map(str.strip, value.split(","))):
            ip_network(each, strict=False)
        return value
