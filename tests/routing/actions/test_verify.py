"""The act verify."""

from typing import Any

import pytest

from tests.routing.conftest import ROAD, UNSURE, Routing

BY = ("official",)
BODY: dict[str, Any] = {}


def test_a_held_report_can_be_verified_with_what_the_official_knows(routing: Routing) -> None:
    report = routing.report(UNSURE)
    view = routing.do("official", report, "verify", category="kesehatan", place="35.22.11.2002").json()
    assert (view["status"], view["agency"], view["place"]["name"]) == ("disposed", "kec-kedungadem", "Tumbrasanom")
    [opened] = routing.facts(report)  # one act, one fact
    assert (opened["type"], opened["agency"], opened["category"]) == ("case.opened.v2", "kec-kedungadem", "kesehatan")
    assert opened["text"] == UNSURE
    assert opened["reason"].startswith("kategori kesehatan di Kecamatan Kedungadem")
    assert opened["due_at"] == routing.facts(report)[0]["due_at"] is not None


def test_an_official_gives_it_to_an_agency_and_says_what_is_public_of_it(routing: Routing) -> None:
    report = routing.report("Mohon bantuan untuk Bu Sumirah yang sakit")
    body = {"agency": "dinkes", "kind": "aspiration", "text": "Mohon bantuan untuk warga; telepon 0811000000"}
    view = routing.do("official", report, "verify", **body, reason="kesehatan dulu").json()
    assert (view["status"], view["agency"], view["kind"]) == ("disposed", "dinkes", "aspiration")
    assert view["text"] == "Mohon bantuan untuk Bu Sumirah yang sakit"
    [opened] = routing.facts(report)
    assert (opened["agency"], opened["kind"], opened["reason"]) == ("dinkes", "aspiration", "kesehatan dulu")
    assert opened["text"] == "Mohon bantuan untuk warga; telepon [telepon]"
    assert opened["redacted"] is True
    verified = next(entry for entry in view["history"] if entry["what"] == "verified")
    assert (verified["text"], verified["public"]["text"]) == (body["text"], opened["text"])


def test_a_candidates_category_goes_with_its_agency(routing: Routing) -> None:
    report = routing.report("Puskesmas dan bpjs tutup, jalan rusak", repeats=routing.report(ROAD))
    candidates = routing.ask("official", f"/{report}").json()["reading"]["candidates"]
    assert {("dinkes", "kesehatan"), ("dpu", "jalan-rusak")} <= {
        (each["agency"], each["category"]) for each in candidates
    }
    assert routing.do("official", report, "verify", agency="dinkes").json()["category"] == "kesehatan"


def test_an_official_without_a_reason_is_named_as_who_chose_the_agency(routing: Routing) -> None:
    report = routing.report(UNSURE)
    routing.do("official", report, "verify", agency="dpu")
    assert routing.facts(report)[0]["reason"] == "instansi pilihan petugas verifikasi"


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
    "wrong",
    [
        *({"category": "antah"}, {"place": "99.99"}, {"confidential": "yes"}, {"colour": "red"}),
        *({"agency": "antah"}, {"kind": "rant"}, {"text": ""}, {"reason": " "}),
    ],
)
def test_verifying_with_what_is_not_there_changes_nothing(routing: Routing, wrong: dict[str, str]) -> None:
    report = routing.report(UNSURE)
    assert routing.do("official", report, "verify", **wrong).status_code == 422
    assert routing.facts() == []
