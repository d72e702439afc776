"""`pendapa region check`, and what a start says of a region: what is wrong, where, and what to write."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from contracts.events import CaseClosed, CaseDisposed, CaseOpened, Channel, Closure, Kind, Place
from contracts.region import load_region
from kit import migrate
from kit.db import open_engine, transaction
from pendapa import region as of_region
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.home import Home
from services.publish import handlers as publish
from services.routing.handlers import Handlers
from services.routing.rules import Rules
from tests.pendapa.conftest import TINY
from tests.pendapa.test_up import pendapa
from tests.publish.releasing import SIGNER
from tests.routing.conftest import received

NOW = datetime.now(UTC)
Change = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "region"))


@pytest.fixture
def change(folder: Path) -> Change:
    def replace(file: str, old: str, new: str) -> None:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1))

    return replace


def test_a_model_of_another_version_stops_the_start_and_is_named(folder: Path) -> None:
    (folder / "model").mkdir()
    (folder / "model" / "prior.bin").write_bytes(b"pendapa-model 9\n")
    with pytest.raises(Fault, match=r"model/prior\.bin:1: not a model of this version"):
        of_region.load_to_serve(folder)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder: one report is open with dpu, and one of kesehatan was closed by dinkes."""
    home, region = Home(tmp_path / "data", "embedded"), load_region(TINY)
    home.folder.mkdir()
    home.prepare(region)
    urls = {service: f"sqlite:///{home.store / service}.sqlite" for service in ("publish", "routing")}
    for service, url in urls.items():
        migrate.upgrade(url, service)
    engine = open_engine(urls["routing"])
    with transaction(engine) as session:
        reports = [received("Jalan rusak di desa Sumberarum Dander", at=NOW)]
        Handlers(Rules(region), lambda: NOW)(session, reports)
    engine.dispose()
    engine = open_engine(urls["publish"])
    with transaction(engine) as session:
        events = [*opened("jalan-rusak", "dpu"), *opened("kesehatan", "dinkes", closed=True)]
        publish.publish(session, events, region=region, signer=SIGNER, now=NOW)
    engine.dispose()
    return home.folder


def opened(category: str, agency: str, *, closed: bool = False) -> list[CaseOpened | CaseDisposed | CaseClosed]:
    report, place = uuid4(), Place(code="35.22.14.2002", name="Sumberarum", kecamatan="Dander")
    new = CaseOpened(
        subject=report,
        time=NOW,
        kind=Kind.complaint,
        channel=Channel.sms,
        category=category,
        text="Jalan rusak",
        place=place,
        received_at=NOW,
        verified_by="machine",
    )
    events: list[CaseOpened | CaseDisposed | CaseClosed] = [
        new,
        CaseDisposed(subject=report, time=NOW, agency=agency, category=category, reason="x"),
    ]
    return [*events, CaseClosed(subject=report, time=NOW, closure=Closure.done)] if closed else events


def said(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_a_region_without_faults_is_checked_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert of_region.check(folder, Footing.embedded, None) == 0
    assert "only the files were checked" in said(capsys)


def test_a_fault_is_told_with_file_line_and_what_to_write(
    folder: Path, change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    change("region.yaml", "[saturday, sunday]", "[sabtu]")
    assert of_region.check(folder, Footing.embedded, None) == 1
    assert f"{folder / 'region.yaml'}:11: 'weekend.0': no such day 'sabtu'; write saturday" in said(capsys)


def test_the_command_and_the_start_tell_of_an_agency_that_ended(folder: Path, change: Change, tmp_path: Path) -> None:
    change(
        "agencies.csv",
        "dpu,Dinas Pekerjaan Umum,dinas,kecil,,Dinas PU Kab. Kecil,2000-01-01,",
        "dpu,Dinas Pekerjaan Umum,dinas,kecil,,Dinas PU Kab. Kecil,2000-01-01,2020-12-31",
    )
    for words, code in ((["region", "check"], 1), (["up", "--data", str(tmp_path / "new")], 2)):
        done = pendapa(*words, "--region", str(folder))
        assert done.returncode == code
        assert "categories.yaml:7: 'jalan-rusak': the agency 'dpu' ended on 2020-12-31 (agencies.csv:3)" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "categories.yaml",
            "code: jalan-rusak",
            "code: jalan",
            "have the category 'jalan-rusak', which is not here: 1, of them 1 open",
        ),
        (
            "categories.yaml",
            "code: kesehatan",
            "code: sehat",
            "have the category 'kesehatan', which is not here: 1, of them 0 open",
        ),
        (
            "places.csv",
            "35.22.14.2002,",
            "35.22.14.2009,",
            "have the place '35.22.14.2002', which is not here: 2, of them 1 open",
        ),
    ],
)
def test_what_reports_still_have_may_not_be_taken_away(
    folder: Path,
    data: Path,
    change: Change,
    capsys: pytest.CaptureFixture[str],
    file: str,
    old: str,
    new: str,
    told: str,
) -> None:
    change(file, old, new)
    assert of_region.check(folder, Footing.embedded, data) == 1
    assert told in (words := said(capsys))
    assert f"{file}:" in words
    with pytest.raises(Fault, match="contradicts itself"):
        check_at_start(folder, data)


def check_at_start(folder: Path, data: Path) -> None:
    publish, routing = (f"sqlite:///{data / 'embedded' / service}.sqlite" for service in ("publish", "routing"))
    of_region.check_kept(folder, load_region(folder), publish, routing)


def test_what_reports_that_wait_for_an_official_have_may_not_be_taken_away(
    folder: Path, data: Path, change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = open_engine(f"sqlite:///{data / 'embedded' / 'routing.sqlite'}")
    with transaction(engine) as session:
        held = received("Ada pungli di kantor desa", category="pungli", at=NOW)
        Handlers(Rules(load_region(TINY)), lambda: NOW)(session, [held])
    engine.dispose()
    check_at_start(folder, data)
    change("categories.yaml", "code: pungli", "code: suap")
    assert of_region.check(folder, Footing.embedded, data) == 1
    assert "held reports have the category 'pungli', which is not here: 1; add it again" in said(capsys)
    with pytest.raises(Fault, match="held reports have the category 'pungli'"):
        check_at_start(folder, data)


def test_an_agency_that_was_taken_away_is_told_and_one_that_ended_is_not(
    folder: Path, data: Path, change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    row = "dinkes,Dinas Kesehatan,dinas,kecil,,,2000-01-01,"
    change("categories.yaml", "agency: dinkes", "agency: dinkominfo")
    change("agencies.csv", row + "\n", "")
    assert of_region.check(folder, Footing.embedded, data) == 1
    assert "agencies.csv:8: public reports have the agency 'dinkes', which is not here: 1, of them 0 open" in said(
        capsys
    )
    with (folder / "agencies.csv").open("a") as file:
        file.write(row + "2026-01-01\n")
    assert of_region.check(folder, Footing.embedded, data) == 0


def test_a_category_that_ended_is_kept(folder: Path, data: Path, change: Change) -> None:
    change("categories.yaml", "code: kesehatan", "code: kesehatan\n  valid_to: 2026-01-01")
    assert of_region.check(folder, Footing.embedded, data) == 0


def test_what_a_change_touches_is_counted(
    folder: Path, data: Path, change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    change("categories.yaml", "agency: dpu", "agency: dinkes")
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011  # any days between now and the deadline will do
    days = "".join(f"\n  {tomorrow + timedelta(days=n)}: Libur" for n in range(4))
    change("holidays.yaml", "added:", f"added:{days}")
    assert of_region.check(folder, Footing.embedded, data) == 0
    words = said(capsys)
    assert "Open reports of 'jalan-rusak' that stay with 'dpu', while new ones go to 'dinkes': 1" in words
    assert "from the next start on: 1" in words


def test_the_data_of_another_region_are_not_compared(folder: Path, data: Path, change: Change) -> None:
    change("region.yaml", "id: tiny", "id: lain")
    with pytest.raises(Fault, match="holds the data of tiny"):
        of_region.check(folder, Footing.embedded, data)
