"""Routing's settings: `ROUTING_DATABASE_URL`, and so on."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kit import settings


class Settings(settings.ProducerSettings):
    model_config = SettingsConfigDict(env_prefix="ROUTING_", frozen=True)

    keep_agency_events_days: int = Field(default=365, ge=30)
    """Days that an agency's events can be read at /agency/v1/events; a webhook that still tries gets older ones too."""
    private_webhooks: bool = False
    """Whether agencies' webhooks may be on this machine or its network, and without TLS."""
