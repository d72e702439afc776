"""What the gateway is told from outside."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The upstreams' addresses are empty on the embedded footing, where the gateway is handed the apps themselves."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="GATEWAY_")

    gateway_secret: SecretStr
    """What the gateway proves itself with to the services."""
    keys_file: Path
    """The hashes of the keys (see `gateway.callers.keys`); read again within a second of its being written."""
    region: Path
    """The folder of the government's configuration."""
    intake_url: str = ""
    routing_url: str = ""
    publish_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
