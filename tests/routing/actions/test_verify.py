"""The act verify."""

from typing import Any

import pytest

from tests.routing.conftest import UNSURE, Routing

BY = ("official",)
BODY: dict[str, Any] = {}


def test_a_held_report_can_be_verified_with_what_the_official_knows(routing: Routing) -> None:
    report = routing.report(UNSURE)
    view = routing.do("official", report, "verify", category="kesehatan", place="35.22.11.2002").json()
    assert (view["status"], view["agency"], view["place"]["name"]) == ("disposed", "kec-kedungadem", "Tumbrasanom")
    opened, disposed = routing.facts(report)
    assert opened["text"] == UNSURE
    assert disposed["reason"].startswith("kategori kesehatan di Kecamatan Kedungadem")


def test_an_official_can_make_a_withheld_report_public_and_a_public_one_withheld(routing: Routing) -> None:
    bribe, plain = routing.report("Ada pungli di kantor desa Sumberarum"), routing.report(UNSURE)
    routing.do("official", bribe, "verify", confidential=False)
    routing.do("official", plain, "verify", confidential=True)
    assert routing.facts(bribe)[0]["text"] is not None
    assert routing.facts(plain)[0]["text"] is None


def test_a_sensitive_category_given_by_an_official_withholds(routing: Routing) -> None:
    report = routing.report(UNSURE)
    routing.do("official", report, "verify", category="pungli")
    assert routing.facts(report)[0]["confidential"] is True


@pytest.mark.parametrize(
    "wrong", [{"category": "antah"}, {"place": "99.99"}, {"confidential": "yes"}, {"colour": "red"}]
)
def test_verifying_with_what_is_not_there_changes_nothing(routing: Routing, wrong: dict[str, str]) -> None:
    report = routing.report(UNSURE)
    assert routing.do("official", report, "verify", **wrong).status_code == 422
    assert routing.facts() == []
