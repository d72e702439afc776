"""Intake's settings: `INTAKE_DATABASE_URL`, `INTAKE_BUS_URL`, and so on."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kit import settings


class Settings(settings.ProducerSettings):
    model_config = SettingsConfigDict(env_prefix="INTAKE_")

    join_seconds: int = Field(default=10, ge=0, le=300)
    """Seconds for which an SMS without room for more waits for the next piece of its message; 0: it never waits."""
