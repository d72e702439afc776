"""The gateway's settings."""

from pathlib import Path

from pydantic import Field, SecretStr
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
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
