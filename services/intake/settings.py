"""Intake's settings: `INTAKE_DATABASE_URL`, `INTAKE_BUS_URL`, and so on."""

from pydantic_settings import SettingsConfigDict

from kit import settings


class Settings(settings.ProducerSettings):
    model_config = SettingsConfigDict(env_prefix="INTAKE_")
