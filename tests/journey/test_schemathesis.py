"""Schemathesis, which sends valid and invalid requests made from the OpenAPI document, finds no fault."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.system import ROOT, System, running

OPENS = {
    "official": ("--include-method", "POST", "--include-path-regex", "^/agency/|^/v1/reports/"),
    "filing": ("--include-operation-id", "fileReport", "--include-operation-id", "postServiceRequest"),
    "agency": (
        "--include-path-regex",
        r"^/agency/v1/(events|webhook(/secret)?|reports(/counts|/\{id\}(/(acknowledge|respond|transfer|close|reference))?)?)$",
    ),
}
"""The operations that a key changes; every other one answers as it does without a key."""


@pytest.fixture(scope="module")
def lived_in() -> Iterator[System]:
    """A system of the tiny region, with reports, a hidden one, and a release."""
    with running("embedded", ROOT / "tests/regions/tiny") as system:
        official = system.bearer("official")
        new = {"text": "Jalan rusak di Sumberarum", "category": "jalan-rusak", "place": "35.22.14.2002"}
        answers = [system.http.post("/v1/reports", headers=official, json=new).raise_for_status() for _ in range(4)]
        reports = [answer.json()["id"] for answer in answers]
        agencies = [system.public(report)["agency"] for report in reports]
        assert system.act(reports[0], "hide", official, reason="spam").is_success
        assert system.act(reports[1], "acknowledge", system.bearer("agency", agencies[1])).is_success
        assert system.act(reports[2], "close", system.bearer("agency", agencies[2]), closure="cannot").is_success
        system.release()
        yield system


def schemathesis(system: System, *arguments: str, settings: str = "") -> None:
    """Run it with all checks but the exceptions that schemathesis.toml explains; fail with its findings."""
    config = system.data.parent / "schemathesis.toml"
    config.write_text(settings + (ROOT / "schemathesis.toml").read_text())
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run"]
    command += [
        f"http://127.0.0.1:{system.port}/openapi.json",
        "--seed",
        "1",
        "--max-examples",
        "8",
        "--warnings",
        "off",
    ]
    command += ["--no-color", "--generation-database", "none", "--continue-on-failure", *arguments]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.journey.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=system.data.parent, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "No issues found" in done.stdout, done.stdout


def test_it_finds_nothing_without_a_key(lived_in: System) -> None:
    schemathesis(lived_in)


@pytest.mark.parametrize("role", ["official", "filing", "agency"])
def test_it_finds_nothing_with_a_key(lived_in: System, role: str) -> None:
    agency = next(lived_in.all_reports())["agency"] if role == "agency" else None
    key = lived_in.bearer(role, agency)["authorization"]
    schemathesis(lived_in, "--header", f"Authorization: {key}", *OPENS[role])


def test_it_finds_nothing_with_a_channels_token(lived_in: System) -> None:
    token = lived_in.keys["channels"]["kannel"]
    schemathesis(lived_in, "--include-tag", "channels", settings=f'[auth.openapi.token]\napi_key = "{token}"\n\n')
