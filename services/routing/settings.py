"""Routing's settings: `ROUTING_DATABASE_URL`, and so on."""

from pydantic_settings import SettingsConfigDict

from kit import settings


class Settings(settings.Settings):
    model_config = SettingsConfigDict(env_prefix="ROUTING_", frozen=True)
