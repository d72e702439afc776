"""Lighthouse, in a real browser, rates our pages as good."""

import json
from pathlib import Path

import pytest

from tests.foreign.conftest import run, tool
from tests.journey.system import System

pytestmark = pytest.mark.foreign
FLAGS = "--headless=new --no-sandbox --disable-quic --disable-background-networking --no-first-run"
CATEGORIES = ("accessibility", "best-practices", "seo")
LEAST = 0.9
"""Out of 1; Lighthouse calls a score of 0.9 or more good."""


@pytest.mark.parametrize("page", ["/", "/data"])
def test_lighthouse_finds_a_page_good(system: System, node: Path, page: str) -> None:
    chromium = tool("chromium", "chromium")
    wanted = f"--only-categories={','.join(CATEGORIES)}"
    url = str(system.http.base_url.join(page))
    lighthouse = node / "node_modules" / ".bin" / "lighthouse"
    result = json.loads(
        run(lighthouse, url, "--output=json", "--quiet", wanted, f"--chrome-flags={FLAGS}", CHROME_PATH=chromium)
    )
    scores = {name: result["categories"][name]["score"] for name in CATEGORIES}
    failed = [
        audit["title"] for audit in result["audits"].values() if audit["score"] is not None and audit["score"] < 1
    ]
    assert min(scores.values()) >= LEAST, f"{scores}: {failed}"
