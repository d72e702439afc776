"""What a machine may lack: without it a test is skipped in one line that says what to install; in CI it fails."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    if os.environ.get("REQUIRE_LIVE") == "1":
        pytest.fail(what)
    pytest.skip(what.splitlines()[0])
