"""Intake's settings: `INTAKE_DATABASE_URL`, `INTAKE_BUS_URL`, and so on."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from kit import settings


class Settings(settings.ProducerSettings):
    model_config = SettingsConfigDict(env_prefix="INTAKE_")

    follow_secret: SecretStr = Field(min_length=16)
    """What reporters' tokens are made with; another one ends all that were given."""
    keep_messages_days: int = Field(default=1825, ge=60)
    """Days that the bytes of an SMS are kept, and its provider's number of it, by which a repeat is known."""
    join_seconds: int = Field(default=10, ge=0, le=300)
    """Seconds for which an SMS without room for more waits for the next piece of its message; 0: it never waits."""
