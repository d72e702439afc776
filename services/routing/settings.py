"""Routing's settings: `ROUTING_DATABASE_URL`, and so on."""

from pydantic_settings import SettingsConfigDict

from kit import settings


class Settings(settings.ProducerSettings):
    model_config = SettingsConfigDict(env_prefix="ROUTING_", frozen=True)

    private_webhooks: bool = False
    """Whether agencies' webhooks may be on this machine or its network, and without TLS."""
