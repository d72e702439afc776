"""The reference of the API in a real browser: accessible, light, and with examples that run as they are printed."""

import html
import json
import re
import shutil
from pathlib import Path

import pytest

from tests.foreign.conftest import HERE, run, tool
from tests.foreign.test_lighthouse import FLAGS
from tests.journey.system import System

pytestmark = pytest.mark.foreign
PAGES = ("/docs", "/docs/reports", "/docs/open311", "/docs/data", "/docs/log", "/docs/agencies", "/docs/channels")
HEAVIEST, MOST_REQUESTS = 120_000, 5
"""Bytes and requests of a page: 0.6 s on Lighthouse's throttled phone, of 1.6 Mbit/s, and its time to connect."""


def test_axe_finds_no_violation_and_a_narrow_screen_shows_it_all(system: System, node: Path, tmp_path: Path) -> None:
    chromium = tool("chromium", "chromium")
    shutil.copy(HERE / "node" / "axe.mjs", tmp_path)
    (tmp_path / "node_modules").symlink_to(node / "node_modules")
    urls = [f"http://127.0.0.1:{system.port}{page}" for page in ("/", "/data", "/problems", *PAGES)]
    found = json.loads(run(tool("node", "nodejs"), "axe.mjs", *urls, folder=tmp_path, CHROME_PATH=chromium))
    assert len(found) == len(urls)
    assert not [each for each in found if each["violations"] or each["wide"]], found


@pytest.mark.parametrize("page", ["/docs", "/docs/reports", "/docs/agencies"])
def test_a_page_is_light_enough_for_a_phone(system: System, node: Path, page: str) -> None:
    chromium = tool("chromium", "chromium")
    url = f"http://127.0.0.1:{system.port}{page}"
    lighthouse = node / "node_modules" / ".bin" / "lighthouse"
    wanted = ("--only-audits=total-byte-weight,network-requests", "--output=json", "--quiet", f"--chrome-flags={FLAGS}")
    audits = json.loads(run(lighthouse, url, *wanted, CHROME_PATH=chromium))["audits"]
    requests = audits["network-requests"]["details"]["items"]
    assert audits["total-byte-weight"]["numericValue"] < HEAVIEST
    assert len(requests) <= MOST_REQUESTS, [each["url"] for each in requests]


def examples(system: System, page: str, operation: str) -> dict[str, str]:
    """The examples of an operation, by their language, as the page prints them."""
    text = system.http.get(page).raise_for_status().text
    section = text[text.index(f'<section class="operation" id="{operation}"') :].split("</section>")[0]
    found = re.findall(r'data-language="(\w+)"><code>([^<]*)</code>', section)
    return {language: html.unescape(code) for language, code in found}


@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
@pytest.mark.parametrize(
    ("page", "operation", "said"),
    [
        ("/docs/reports", "listReports", '"reports"'),
        ("/docs/reports", "getReport", '"history"'),
        ("/docs/reports", "fileReport", '"code"'),
        ("/docs/open311", "postServiceRequest", "service_request_id"),
        ("/docs/open311", "listServiceRequests", "requested_datetime"),
        ("/docs/data", "getRelease", '"files"'),
        ("/docs/log", "getProof", '"checkpoint"'),
        ("/docs/agencies", "getAgencyReport", '"held_because"'),
    ],
)
def test_an_example_runs_as_it_is_printed(
    system: System, tmp_path: Path, language: str, page: str, operation: str, said: str
) -> None:
    code = examples(system, page, operation)[language]
    key = {"KEY": system.keys["official"]}
    if language == "curl":
        assert said in run("bash", "-c", code, **key)
    elif language == "Python":
        (tmp_path / "example.py").write_text(code)
        assert said in run("python3", tmp_path / "example.py", **key)
    else:
        (tmp_path / "example.mjs").write_text(code)
        assert said in run(tool("node", "nodejs"), tmp_path / "example.mjs", **key)
