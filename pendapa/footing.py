"""The footings and the services; apart, so that the command line can name them without loading a server."""

from enum import StrEnum


class Footing(StrEnum):
    """The servers that the system runs on: none but its own process, or Kafka and PostgreSQL."""

    embedded = "embedded"
    distributed = "distributed"


class ServiceName(StrEnum):
    """The services that listen to events."""

    intake = "intake"
    routing = "routing"
    publish = "publish"
