"""Logging: JSON lines on stderr that name the request and the report, and never contain a resident's words."""

import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

import orjson

from kit import outage

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
report: ContextVar[str | None] = ContextVar("report", default=None)

# At INFO these log URLs with their query strings, or every reconnection.
_TALKATIVE = ("httpx", "httpcore", "kafka", "alembic", "uvicorn.access", "asyncio")


def setup(service: str) -> None:
    """Send all logging of this process to stderr as JSON lines; only WARNING and above from talkative libraries."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """One line for each record. Of an exception only its types and frames: its message may quote a row or a body."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (request := request_id.get()) is not None:
            line["request_id"] = request
        if (about := report.get()) is not None:
            line["report"] = about
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = chain(record.exc_info[1])
            if (fault := outage.words(record.exc_info[1])) is not None:
                line["fault"] = fault  # the machine's, not our code's: a stack would tell nothing
            else:
                line["frames"] = frames(record.exc_info[2])
        return orjson.dumps(line).decode()


_TOKEN = re.compile("(?<=/follow/)[^/]+")


def without_token(path: str) -> str:
    """A request's path as it may be logged: a reporter's token is a key to their report.

    >>> without_token("/v1/follow/q2v0mWJrT3uYkq8xN1cZ5A")
    '/v1/follow/TOKEN'
    """
    return _TOKEN.sub("TOKEN", path)


def chain(error: BaseException) -> str:
    """The types of an exception and of what caused it, without their messages.

    >>> chain(ValueError("somebody's words"))
    'ValueError'
    """
    names: list[str] = []
    current: BaseException | None = error
    while current is not None and len(names) < 8:
        names.append(type(current).__name__)
        current = current.__cause__ or current.__context__
    return " < ".join(names)


def frames(trace: TracebackType | None) -> list[str]:
    """The innermost twenty places of a traceback: file, line, function; no source line, no value."""
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)[-20:]]
