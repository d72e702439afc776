"""Replies tell the truth, fit one SMS, and a machine that sends them back is not answered for ever."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, update
from starlette.testclient import TestClient

from contracts import sms
from contracts.events import (
    CaseAcknowledged,
    CaseAmended,
    CaseClosed,
    CaseCorrected,
    CaseDisposed,
    CaseEscalated,
    CaseHidden,
    CaseMerged,
    CaseOpened,
    CaseRefused,
    CaseRejected,
    CaseReopened,
    CaseRescheduled,
    CaseResponded,
    CaseTold,
    Channel,
    Closure,
    Event,
    Kind,
)
from contracts.region import Region, load_region
from contracts.region.words import REPLIES
from kit.db import transaction
from services.intake.domain import Standing
from services.intake.handlers import MESSAGE, REPORT
from services.intake.replies import Replies
from services.intake.standings import follow_cases
from services.intake.telling import Asked
from tests.intake.conftest import FILING
from tests.intake.test_sms_door import all_of, events, report, text

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
"""A Tuesday."""
LATER = datetime.now(UTC) + timedelta(days=7)
CLOSES = NOW + timedelta(days=30)
DATE = r"(Senin|Selasa|Rabu|Kamis|Jumat|Sabtu|Minggu) \d{1,2} [A-Z][a-z]{2}"
OTHER = "+62811000009"


def opened(id: UUID) -> CaseOpened:
    return CaseOpened(
        subject=id, time=NOW, kind=Kind.complaint, channel=Channel.sms, category="jalan-rusak", text=None, place=None,
        received_at=NOW, verified_by="machine",
    )  # fmt: skip


def disposed(id: UUID, due_at: datetime | None = LATER) -> CaseDisposed:
    return CaseDisposed(subject=id, time=NOW, agency="dpu", category="jalan-rusak", reason="jalan", due_at=due_at)


def hidden(id: UUID) -> CaseHidden:
    return CaseHidden(subject=id, time=NOW, reason="data pribadi")


def responded(id: UUID) -> CaseResponded:
    return CaseResponded(subject=id, time=NOW, agency="dpu", text=None, acted=True)


def closed(id: UUID) -> CaseClosed:
    return CaseClosed(subject=id, time=NOW, closure=Closure.done, agency="dpu")


def escalated(id: UUID) -> CaseEscalated:
    return CaseEscalated(subject=id, time=NOW, agency="dpu", reason="lewat")


def rescheduled(id: UUID) -> CaseRescheduled:
    return CaseRescheduled(subject=id, time=NOW, agency="dpu", due_at=LATER, reason="libur")


def refused(id: UUID) -> CaseRefused:
    return CaseRefused(subject=id, time=NOW, agency="dpu", reason="bukan kami")


def corrected(id: UUID) -> CaseCorrected:
    at = NOW + timedelta(days=1)
    return CaseCorrected(subject=id, time=at, answer=1, agency="dpu", by="agency", text="Ralat", privacy=False)


def reopened_by_official(id: UUID) -> CaseReopened:
    return CaseReopened(subject=id, time=NOW, agency="dpu", reason="salah tutup", due_at=LATER, by="official")


def tell(rows: Engine, *facts: Event) -> None:
    with transaction(rows) as session:
        follow_cases(session, facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ([], rf"diterima, menunggu verifikasi paling lambat {DATE}\. .*TAMBAH .*BATAL "),
        ([opened], r"sudah diverifikasi"),
        ([disposed], rf"diteruskan ke Dinas Pekerjaan Umum, dijawab paling lambat {DATE}\. .*TAMBAH "),
        (
            [disposed, lambda id: CaseAcknowledged(subject=id, time=NOW, agency="dpu")],
            rf"dikerjakan Dinas Pekerjaan Umum, dijawab paling lambat {DATE}",
        ),
        (
            [disposed, responded],
            r"dijawab Dinas Pekerjaan Umum Selasa 24 Nov, ditutup Selasa 8 Des\. .*PUAS .*TIDAK ",
        ),
        (
            [disposed, closed],
            r"selesai \(sudah ditangani\) Selasa 24 Nov\. .*PUAS .*TIDAK .*dibuka|buka lagi",
        ),
        (
            [lambda id: CaseReopened(subject=id, time=NOW, agency="dpu", reason="belum", due_at=LATER)],
            rf"dibuka kembali di Dinas Pekerjaan Umum, dijawab paling lambat {DATE}",
        ),
        ([disposed, refused], r"sudah diverifikasi, segera diteruskan ke instansi"),
        (
            [disposed, responded, corrected],
            r"dijawab Dinas Pekerjaan Umum Rabu 25 Nov, ditutup Rabu 9 Des\. .*PUAS .*TIDAK ",
        ),
        (
            [disposed, lambda id: responded(id).model_copy(update={"closes_at": CLOSES})],
            r"dijawab Dinas Pekerjaan Umum Selasa 24 Nov, ditutup Kamis 24 Des\. ",
        ),
        (
            [disposed, responded, lambda id: CaseAmended(subject=id, time=NOW, text="x", closes_at=CLOSES)],
            r"dijawab Dinas Pekerjaan Umum Selasa 24 Nov, ditutup Kamis 24 Des\. ",
        ),
        (
            [disposed, responded, lambda id: corrected(id).model_copy(update={"closes_at": CLOSES})],
            r"dijawab Dinas Pekerjaan Umum Rabu 25 Nov, ditutup Kamis 24 Des\. ",
        ),
        ([disposed, closed, corrected], r"selesai \(sudah ditangani\) Selasa 24 Nov\."),
        ([disposed, closed, reopened_by_official], rf"dibuka kembali di .*, dijawab paling lambat {DATE}"),
        (
            [lambda id: CaseRejected(subject=id, time=NOW, reason="bukan di daerah kami", received_at=NOW)],
            r"tidak dapat diteruskan: bukan di daerah kami\. .*[Kk]irim lagi",
        ),
        ([disposed, hidden], rf"tidak ditampilkan untuk umum; petugas tetap .*paling lambat {DATE}\. .*TAMBAH "),
        ([hidden, disposed], r"tidak ditampilkan untuk umum; petugas tetap"),
        ([disposed, responded, hidden], r"ditampilkan untuk umum; dijawab Selasa 24 Nov, ditutup Selasa 8 Des\. "),
        ([disposed, hidden, closed], r"ditampilkan untuk umum; sudah ditangani Selasa 24 Nov\. .*TIDAK "),
        ([lambda id: disposed(id, NOW - timedelta(days=9))], r"terlambat, .* menjawab paling lambat Minggu 15 Nov"),
        ([lambda id: disposed(id, NOW), rescheduled], rf"diteruskan ke .*, dijawab paling lambat {DATE}"),
        (
            [lambda id: disposed(id, None), escalated],
            r"terlambat, Dinas Pekerjaan Umum seharusnya menjawab",
        ),
    ],
)  # fmt: skip
def test_cek_says_what_is_true_and_what_happens_next(
    client: TestClient, rows: Engine, facts: list[Callable[[UUID], Event]], said: str
) -> None:
    code, id = report(client, rows)
    tell(rows, *(fact(id) for fact in facts))
    reply = text(client, f"CEK {code}", sender=OTHER)
    assert reply.startswith(f"Laporan {code}")
    assert re.search(said, reply), reply


def test_a_report_that_nobody_verified_in_time_is_told_as_late(client: TestClient, rows: Engine) -> None:
    code, _ = report(client, rows)
    with transaction(rows) as session:
        session.execute(update(REPORT).values(accepted_at=NOW - timedelta(days=60)))
    assert re.search(
        rf"masih menunggu verifikasi, terlambat: seharusnya paling lambat {DATE}", text(client, f"CEK {code}")
    )


def test_a_standing_of_before_says_a_date_that_holds(replies: Replies) -> None:
    asked = Asked("K7M2P9QA", NOW, Standing("disposed", "dpu", None, NOW))
    assert "paling lambat Selasa 1 Des" in replies.standing(asked, NOW)
    assert "terlambat" not in replies.standing(asked, NOW + timedelta(days=30))


def test_an_open311_receipt_promises_nothing_that_a_sensitive_report_breaks(client: TestClient) -> None:
    form = {"service_code": "pungli", "description": "dimintai uang", "address_string": "Kapas"}
    [answer] = client.post("/open311/v2/requests.json", data=form, headers=FILING).json()
    assert re.search(rf"kode \w{{8}}\. Diperiksa paling lambat {DATE}", answer["service_notice"])
    assert "tidak rahasia" in answer["service_notice"]


def test_a_long_name_of_an_agency_gives_way_to_its_short_name() -> None:
    replies = Replies(load_region(Path("regions/bojonegoro")))
    late = Standing("disposed", "dp3akb", None, NOW, due_at=NOW)
    reply = replies.standing(Asked("K7M2P9QA", NOW, late), NOW + timedelta(days=1))
    assert "Dinas P3AKB" in reply
    assert sms.length(reply) <= 160


def test_an_agency_that_left_the_region_and_a_long_reason_still_fit(replies: Replies) -> None:
    gone = Standing("disposed", "dinas-" + "x" * 58, None, NOW, due_at=NOW + timedelta(days=5))
    refused = Standing("rejected", None, None, NOW, reason="karena " * 60)
    for standing in (gone, refused):
        assert sms.length(replies.standing(Asked("K7M2P9QA", NOW, standing), NOW)) <= 160


def scenes(client: TestClient, rows: Engine) -> Iterator[str]:
    """Every reply of the region, made by the messages and events that call for it."""
    code, id = report(client, rows)
    yield text(client, f"CEK {code}")
    yield text(client, "BJN Lampu jalan mati di desa Dander")
    yield text(client, "BJN Lampu jalan mati di desa Dander")
    yield text(client, "BJN " + "Jalan rusak " * 12 + "parah", sender="+62811000007")
    yield text(client, "sekali di desa Dander", sender="+62811000007")
    other, other_id = report(client, rows, "BJN Jembatan putus")
    for words in (
        "INFO", "suwun", "STOP", "pulsa anda habis", "x" * 4001, "CEK 22222222", "PUAS", f"TAMBAH {code}",
        f"TAMBAH {code} di depan", f"TIDAK {code} rusak", f"PUAS {code}", f"BATAL {other}",
    ):  # fmt: skip
        yield text(client, words)
    yield text(client, f"BATAL {code}", sender=OTHER)
    form = {"service_code": "jalan-rusak", "address_string": "Kapas"}
    [answer] = client.post("/open311/v2/requests.json", data=form, headers=FILING).json()
    yield answer["service_notice"]
    facts: list[Event] = [
        opened(id),
        disposed(id),
        CaseAcknowledged(subject=id, time=NOW, agency="dpu"),
        escalated(id),
        responded(id),
        closed(id),
    ]
    for fact in facts:
        tell(rows, fact)
        yield text(client, f"CEK {code}")
    yield text(client, f"TIDAK {code} belum")
    tell(rows, CaseReopened(subject=id, time=NOW, agency="dpu", reason="belum", due_at=LATER))
    yield text(client, f"CEK {code}")
    for fact in (hidden(id), responded(id), closed(id)):
        tell(rows, fact)
        yield text(client, f"CEK {code}")
    with transaction(rows) as session:
        session.execute(update(REPORT).where(REPORT.c.id == str(other_id)).values(accepted_at=NOW - timedelta(days=60)))
    yield text(client, f"CEK {other}")
    tell(rows, CaseRejected(subject=other_id, time=NOW, reason="bukan di daerah kami", received_at=NOW))
    yield text(client, f"CEK {other}")
    code, id = report(client, rows, "BJN Jembatan desa Dander putus")
    facts = [
        opened(id),
        disposed(id),
        CaseMerged(subject=id, time=NOW, duplicate_of=other_id, agency="dpu", reason="sama"),
        CaseTold(subject=id, time=NOW, what="responded", agency="dpu", text="Besok"),
        CaseTold(subject=id, time=NOW, what="closed", agency="dpu"),
    ]
    for fact in facts:
        tell(rows, fact)
        yield text(client, f"CEK {code}")


def name_of(reply: str, region: Region) -> set[str]:
    """The names of the templates that the reply was made from."""
    patterns = {name: re.sub(r"\\\{\w+\\\}", ".+", re.escape(each)) for name, each in region.words.replies.items()}
    return {name for name, pattern in patterns.items() if re.fullmatch(pattern, reply)}


def test_every_text_of_the_region_is_read_by_somebody_and_no_other(
    client: TestClient, rows: Engine, region: Region
) -> None:
    used = set()
    for reply in scenes(client, rows):
        names = name_of(reply, region)
        assert names, f"the region does not have {reply!r}"
        assert sms.length(reply) <= sms.limit(reply)
        used |= names
    assert used == set(REPLIES) - {"urgent"}  # this region has no emergency numbers; see test_emergencies


def test_a_reply_that_comes_back_files_nothing_and_is_soon_met_with_silence(client: TestClient, rows: Engine) -> None:
    told = [reply for reply in scenes(client, rows) if reply]
    before = len(events(rows)), len(all_of(rows, REPORT))
    for sender in ("+62811000000", OTHER, "+62811000005"):
        for reply in told:
            for wrapped in (reply, f"Re: {reply}", reply.upper(), f'Auto reply: "{reply}" akan kami balas', reply[:60]):
                answer, steps = wrapped, 0
                while answer := text(client, wrapped if steps == 0 else answer, sender=sender):
                    steps += 1
                    assert steps <= 4, f"{wrapped!r} is still answered: {answer!r}"
                now = len(events(rows)), len(all_of(rows, REPORT))
                assert now == before, (sender, wrapped)
    assert (len(events(rows)), len(all_of(rows, REPORT))) == before


def test_a_command_beside_our_own_words_is_done(client: TestClient, rows: Engine) -> None:
    code, _ = report(client, rows)
    told = text(client, f"CEK {code}")
    assert "dicatat" in text(client, f"{told}\nTIDAK {code} masih bocor")
    assert events(rows)[-1][0] == "report.feedback.v1"


def test_the_same_words_are_not_answered_by_the_same_reply_for_ever(client: TestClient, rows: Engine) -> None:
    answers = [text(client, "Pulsa Anda tidak cukup") for _ in range(10)]
    assert all(answers[:5])
    assert not any(answers[5:])
    assert text(client, "Pulsa Anda tidak cukup", sender=OTHER)
    assert len(all_of(rows, MESSAGE)) == 11


def test_past_its_bound_a_phone_files_reports_without_a_reply(settings: object, region: Region, rows: Engine) -> None:
    from services.intake.app import create_app

    few = region.model_copy(update={"sms": region.sms.model_copy(update={"replies_an_hour": 10})})
    with TestClient(create_app(settings, few)) as client:  # type: ignore[arg-type]
        answers = [text(client, f"BJN Jalan {name} rusak") for name in "abcdefghijkl"]
        assert text(client, "BJN Jalan z rusak", sender=OTHER)
    assert [bool(answer) for answer in answers] == [True] * 10 + [False] * 2
    assert len(all_of(rows, REPORT)) == 13


def test_a_phone_without_a_code_is_served_by_its_newest_report(client: TestClient, rows: Engine) -> None:
    first, id = report(client, rows)
    newest, _ = report(client, rows, "BJN Jembatan putus di Dander")
    assert f"Laporan {newest}" in text(client, "cek")
    assert f"PUAS {newest}" in text(client, "puas pak")
    tell(rows, CaseClosed(subject=id, time=NOW, closure=Closure.done, agency="dpu"))
    assert f"TIDAK {first}" in text(client, "tidak")
    assert f"BATAL {newest}" in text(client, "batal")
    assert "Kirim BJN" in text(client, "cek", sender=OTHER)
    assert len(all_of(rows, REPORT)) == 2


@pytest.mark.parametrize(
    "words", ["BJN {} lokasi di depan balai desa", "jalan di laporan {} makin rusak", "{} masih gelap"]
)
def test_words_with_a_code_are_added_for_the_reporter_and_asked_about_for_others(
    client: TestClient, rows: Engine, words: str
) -> None:
    code, _ = report(client, rows)
    assert f"Laporan {code} dari nomor lain" in text(client, words.format(code), sender=OTHER)
    assert len(events(rows)) == 1
    assert f"Tambahan untuk laporan {code}" in text(client, words.format(code))
    kind, body = events(rows)[-1]
    assert kind == "report.amended.v1"
    assert code.encode() not in body
    assert b"[kode laporan]" in body


def spellings_of(code: str) -> list[str]:
    return [
        code,
        code.lower(),
        f"{code[:4]}-{code[4:]}",
        f"{code[:4]} {code[4:]}",
        ".".join(code),
        f"kode{code}",
        f"({code})",
    ]


def test_a_known_code_stands_in_no_text_that_leaves(client: TestClient, rows: Engine) -> None:
    code, _ = report(client, rows)
    for words in spellings_of(code):
        new = {"text": f"Jalan rusak, lihat {words} ya", "address": f"dekat {words}", "place": f"Kapas {words}"}
        assert client.post("/v1/reports", json=new, headers=FILING).status_code == 202
        form = {"service_code": "jalan-rusak", "description": f"seperti {words}", "address_string": words}
        assert client.post("/open311/v2/requests.json", data=form, headers=FILING).status_code == 200
        for _, body in events(rows)[-2:]:
            squeezed = re.sub(rb"\W", b"", body).upper()
            assert code.encode() not in squeezed, body
            assert b"[kode laporan]" in body
    unknown = client.post("/v1/reports", json={"text": "Plat K7M2P9QA parkir"}, headers=FILING)
    assert unknown.status_code == 202
    assert b"K7M2P9QA" in events(rows)[-1][1]
