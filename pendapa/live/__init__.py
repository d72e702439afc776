"""Real servers on loopback, without a container: Apache Kafka and PostgreSQL, each in a folder of its own."""


class LiveUnavailable(Exception):
    """The server cannot be had on this machine; the message says what to install."""
