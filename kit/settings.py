"""What every process is told from outside. Read once, at the start, and handed down."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each service adds its own fields and an `env_prefix`. Secrets have no default."""

    model_config = SettingsConfigDict(frozen=True)

    database_url: SecretStr
    """`sqlite:///FILE` or `postgresql+psycopg://USER:PASSWORD@HOST/NAME`."""
    bus_url: str
    """`sqlite:///FILE` (the embedded log) or `kafka://HOST:PORT,HOST:PORT`."""
    region: Path
    """The folder of the government's configuration, such as `regions/bojonegoro`."""
    gateway_secret: SecretStr
    """What the gateway proves itself with to the services; an empty one closes every door that needs it."""
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    """Where the app listens; a worker serves its `/healthz`, `/readyz` and `/metrics` there."""
    alive_file: Path | None = None
    """Touched by the worker each turn; the liveness probe looks at its age."""


class ProducerSettings(Settings):
    """Of a service that sends events."""

    keep_sent_days: int = Field(default=1825, ge=60)
    """For so long what was sent is kept, to be sent again to a consumer that lacks it; never less than the bus does."""
