"""The two footings a person may choose; apart, so that the command line need not load a server to name them."""

from enum import StrEnum


class Footing(StrEnum):
    """What the system stands on."""

    embedded = "embedded"
    distributed = "distributed"
