"""The settings that every service has. Read from the environment once, at the start, and passed on."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.patience import Patience
from kit.retention import Keeping


class Settings(BaseSettings):
    """Each service adds its own fields and an `env_prefix`. Secrets have no default."""

    model_config = SettingsConfigDict(frozen=True)

    database_url: SecretStr
    """`sqlite:///FILE` or `postgresql+psycopg://USER:PASSWORD@HOST/NAME`."""
    bus_url: str
    """`sqlite:///FILE` (the embedded bus) or `kafka://HOST:PORT,HOST:PORT`."""
    region: Path
    """The folder of the government's configuration, such as `regions/bojonegoro`."""
    gateway_secret: SecretStr
    """The secret that proves the gateway to the services; if it is empty, they forbid every request that needs it."""
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    """Where the app listens; a worker serves its `/healthz`, `/readyz` and `/metrics` there."""
    database_statement_seconds: float = Field(default=12.0, ge=1, le=600)
    """The longest that a statement or a commit may take on PostgreSQL; then its connection is given up."""
    database_connect_seconds: int = Field(default=5, ge=1, le=60)
    """The longest that a new connection to PostgreSQL may take."""
    database_idle_seconds: float = Field(default=20.0, ge=1, le=600)
    """PostgreSQL ends a transaction, with its locks, in which nothing was said for so long."""
    database_network_seconds: int = Field(default=15, ge=4, le=600)
    """Without an answer from the network for so long, this process and PostgreSQL close their connection."""

    keep_claims_days: int = Field(default=40, ge=40)
    """Days that it is known which events were handled; more than the 30 days that the bus keeps its records."""
    keep_parked_days: int = Field(default=365, ge=30)
    """Days that a parked record waits for a person; then it is discarded, and that is kept as an act."""
    keep_acts_days: int = Field(default=1825, ge=30)
    """Days that it is kept what was done with parked records, and which gaps of the bus were mended."""

    @property
    def keeping(self) -> Keeping:
        return Keeping(claims=self.keep_claims_days, parked=self.keep_parked_days, acts=self.keep_acts_days)

    @property
    def patience(self) -> Patience:
        return Patience(
            connect=self.database_connect_seconds,
            statement=self.database_statement_seconds,
            idle=self.database_idle_seconds,
            network=self.database_network_seconds,
        )


class ProducerSettings(Settings):
    """Settings of a service that sends events."""

    keep_sent_days: int = Field(default=1825, ge=60)
    """Days that sent events are kept to be sent again; more than the days that the bus keeps its records."""

    @property
    def keeping(self) -> Keeping:
        return super().keeping._replace(sent=self.keep_sent_days)
