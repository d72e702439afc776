"""Whatever the server answers, each row is accepted, refused with a reason, or sent again; none is lost on the way."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from pendapa import importing, sending
from pendapa.importing import Summary
from pendapa.importmap import ImportMap, RowFault
from pendapa.live.process import free_port
from pendapa.sending import ImportStopped
from pendapa.table import Row

MAP = ImportMap.model_validate({"source": "x", "id": "id", "text": "text"})
MAP_WITHOUT_ID = "id: empty, so the row could not be told from another"
TAKEN = {"status": 202, "id": "a", "code": "b", "url": "c"}
WRONG = {"status": 422, "title": "no", "errors": [{"pointer": "/text", "detail": "too long"}]}
BUSY = {"status": 503, "title": "Try again"}
Answer = Callable[[web.Request, list[bytes]], web.StreamResponse]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_: float) -> None:
        return None

    monkeypatch.setattr("pendapa.sending.asyncio.sleep", at_once)


def bring(folder: Path, answer: Answer, rows: int = 3) -> Summary:
    """Import a table of `rows` from a server that answers so."""
    table = folder / "a.csv"
    table.write_text("id,text\n" + "".join(f"{n},jalan {n}\n" for n in range(rows)))
    return bring_table(table, answer)


def bring_table(table: Path, answer: Answer) -> Summary:
    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(request, (await request.read()).splitlines())

    async def run() -> Summary:
        app = web.Application(client_max_size=2 << 20)
        app.router.add_post("/v1/reports", handle)
        runner, port = web.AppRunner(app), free_port()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            refused = table.with_name("refused.csv")
            return await importing.run(table, MAP, f"http://127.0.0.1:{port}", "key", refused, 400)
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def lines(*answers: object) -> web.Response:
    return web.Response(body=b"".join(json.dumps(answer).encode() + b"\n" for answer in answers))


def test_each_line_is_taken_by_its_own_answer_and_only_what_may_heal_is_sent_again(tmp_path: Path) -> None:
    sent: list[int] = []

    def answer(_: web.Request, reports: list[bytes]) -> web.StreamResponse:
        sent.append(len(reports))
        return lines(TAKEN, WRONG, BUSY) if len(sent) == 1 else lines(TAKEN)

    assert bring(tmp_path, answer) == Summary(2, 1, {"/text: too long": 1})
    assert sent == [3, 1]
    assert (tmp_path / "refused.csv").read_text().splitlines()[1:] == ["3,/text: too long,1,jalan 1"]


ODD: dict[str, Answer] = {
    "500": lambda *_: web.Response(status=500),
    "503": lambda *_: web.Response(status=503),
    "429": lambda *_: web.json_response({"status": 429}, status=429),
    "fewer lines": lambda _, reports: lines(*[TAKEN] * (len(reports) - 1)),
    "a page": lambda *_: web.Response(text="<html>a portal</html>"),
    "lists": lambda _, reports: lines(*[[1]] * len(reports)),
    "no status": lambda _, reports: lines(*[{"id": "a"}] * len(reports)),
    "cut short": lambda *_: cut_short(),
}


def cut_short() -> web.Response:
    answer = web.Response(body=b"{}")
    answer.headers["content-length"] = "5000"
    answer.force_close()
    return answer


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_answer_is_no_answer_and_the_last_attempt_counts(tmp_path: Path, odd: str) -> None:
    tries: list[int] = []

    def answer(request: web.Request, reports: list[bytes]) -> web.StreamResponse:
        tries.append(len(reports))
        return ODD[odd](request, reports) if len(tries) < sending._ATTEMPTS else lines(*[TAKEN] * len(reports))

    assert bring(tmp_path, answer) == Summary(3, 0, {})
    assert tries == [3] * sending._ATTEMPTS


def test_a_server_that_never_answers_well_stops_the_import(tmp_path: Path) -> None:
    with pytest.raises(ImportStopped, match="again"):
        bring(tmp_path, ODD["a page"])
    assert not (tmp_path / "refused.csv").exists()


@pytest.mark.parametrize(
    "answer",
    [
        lambda *_: web.json_response({"status": 403, "title": "Forbidden"}, status=403),
        lambda *_: web.Response(status=401),
        lambda _, reports: lines(*[{"status": 403, "detail": "official only"}] * len(reports)),
    ],
    ids=["whole", "unknown", "each line"],
)
def test_a_key_that_may_not_do_it_stops_the_import_and_refuses_no_row(tmp_path: Path, answer: Answer) -> None:
    with pytest.raises(ImportStopped, match="the key may not"):
        bring(tmp_path, answer)
    assert not (tmp_path / "refused.csv").exists()


@pytest.mark.parametrize("body", [b"[1]", b"<html>", b'{"title": "Too large"}'])
def test_a_request_refused_whole_refuses_each_of_its_rows(tmp_path: Path, body: bytes) -> None:
    summary = bring(tmp_path, lambda *_: web.Response(status=413, body=body))
    assert (summary.accepted, summary.refused, summary.reasons) == (0, 3, {"HTTP 413": 3})


def test_a_row_that_no_request_can_hold_is_refused_alone_and_never_sent(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text(f"id,text\n1,jalan\n2,{'a' * (1 << 20)}\n3,{'a' * 1_000_000}\n")
    sent: list[int] = []

    def answer(_: web.Request, reports: list[bytes]) -> web.StreamResponse:
        sent.extend(map(len, reports))
        return lines(*[TAKEN] * len(reports))

    assert bring_table(table, answer) == Summary(2, 1, {"more than the 1 MiB that the server takes": 1})
    assert len(sent) == 2


def test_more_rows_than_are_under_way_at_a_time_all_arrive(tmp_path: Path) -> None:
    assert bring(tmp_path, lambda _, reports: lines(*[TAKEN] * len(reports)), 1234) == Summary(1234, 0, {})


def test_a_server_that_is_not_there_stops_the_import_and_loses_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,jalan rusak\n")
    nowhere = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ImportStopped, match="again"):
        asyncio.run(importing.run(path, MAP, nowhere, "key", tmp_path / "refused.csv", 4))
    assert not (tmp_path / "refused.csv").exists()


@pytest.mark.parametrize("at_once", [1, 30, 400])
def test_no_more_rows_are_read_than_may_be_under_way(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    async def post(_: object, __: str, reports: list[bytes]) -> list[sending._Answer]:
        return [sending._Answer(202, "")] * len(reports)

    monkeypatch.setattr(sending, "_post", post)
    read = 0
    under_way: list[int] = []

    def rows() -> Iterator[Row]:
        nonlocal read
        for read in range(1, 1001):
            yield Row(read, {"id": str(read), "text": "jalan"})

    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            async for _ in sending.send_all(session, "", MAP, rows(), at_once):
                under_way.append(read - len(under_way))

    asyncio.run(run())
    assert len(under_way) == 1000
    assert max(under_way) <= at_once + 1  # the one that did not go into the last batch


def test_a_server_that_says_nothing_in_time_has_not_answered() -> None:
    async def ask() -> list[sending._Answer]:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.1)) as session:
                return await sending._post(session, url, [b"{}", b"{}"])

    assert asyncio.run(ask()) == [sending._NO_ANSWER] * 2


def test_the_reason_is_what_is_told_most_closely() -> None:
    told = {"status": 422, "title": "Wrong", "detail": "It is empty"}
    assert [sending._read(json.dumps(each).encode()) for each in (told, {**told, **WRONG}, {"status": 422})] == [
        sending._Answer(422, "It is empty"),
        sending._Answer(422, "/text: too long"),
        sending._Answer(422, "HTTP 422"),
    ]


def test_rows_go_in_batches_of_so_many_rows_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_BATCH_BYTES", 1000)
    texts = ["a", "b", "", "c", "x" * 990, "d", "y" * 5000]
    rows = [Row(n, {"id": str(n), "text": text}) for n, text in enumerate(texts)]
    rows[2] = Row(2, {"id": " ", "text": "no id"})
    rows[3] = Row(3, {"id": "3", "text": "Jalan"}, "3 cells under 2 columns")
    batches = list(sending._batches(iter(rows), MAP, 3))
    assert [[row.line for row, _ in batch] for batch in batches] == [[0, 1, 2], [3], [4], [5], [6]]
    assert isinstance(batches[0][2].report, RowFault)
    assert str(batches[1][0].report) == "3 cells under 2 columns"


def test_the_id_of_a_row_that_was_refused_stays_its_own(tmp_path: Path) -> None:
    rows = [Row(2, {"id": "7", "text": "?"}, odd="bytes that are not utf-8"), Row(3, {"id": "7", "text": "lampu"})]
    [batch] = sending._batches(iter(rows), MAP, 100)
    assert [str(report) for _, report in batch] == [
        "bytes that are not utf-8",
        "id: a row before this one has the same",
    ]


def test_a_row_whose_id_was_brought_before_with_other_words_is_refused(tmp_path: Path) -> None:
    summary = bring(tmp_path, lambda _, rows: lines(TAKEN, TAKEN | {"differs": True}, TAKEN))
    assert (summary.accepted, summary.refused) == (2, 1)
    assert list(summary.reasons) == ["a report with this id and other words was imported before, and stays as it is"]


def test_rows_are_counted_as_the_server_says_they_were(tmp_path: Path) -> None:
    cannot = {"status": 409, "title": "no", "errors": [{"pointer": "/received_at", "detail": "it cannot change"}]}
    told = [TAKEN | {"outcome": "new"}, TAKEN | {"outcome": "changed"}, *[TAKEN | {"outcome": "unchanged"}] * 2, cannot]
    summary = bring(tmp_path, lambda *_: lines(*told), 5)
    assert (summary.new, summary.changed, summary.unchanged, summary.refused) == (1, 1, 2, 1)
    assert summary.reasons == {"/received_at: it cannot change": 1}


def test_refused_rows_of_an_earlier_run_leave_when_this_one_has_none(tmp_path: Path) -> None:
    (tmp_path / "refused.csv").write_text("line,reason\n")
    assert bring(tmp_path, lambda _, rows: lines(*[TAKEN] * len(rows))).refused == 0
    assert not (tmp_path / "refused.csv").exists()


def test_a_second_row_of_one_id_is_refused_as_its_report_would_be_the_first_ones(tmp_path: Path) -> None:
    rows = [
        Row(2, {"id": "7", "text": "jalan"}),
        Row(3, {"id": " 7", "text": "lampu"}),
        Row(4, {"id": "", "text": "x"}),
    ]
    [batch] = sending._batches(iter([*rows, Row(5, {"id": "8", "text": "got"})]), MAP, 100)
    told = [str(report) if isinstance(report, RowFault) else "" for _, report in batch]
    assert told == ["", "id: a row before this one has the same", MAP_WITHOUT_ID, ""]
