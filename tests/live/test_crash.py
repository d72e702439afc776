"""kill -9 of a process at each point between its commit and its send: nothing is lost and nothing is doubled."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.journey.conftest import require_servers
from tests.journey.system import ROOT, System, running

POINTS = [
    "app:before-answer",
    "intake:before-send",
    "intake:after-send",
    "intake:before-commit",
    "intake:after-commit",
    "routing:before-commit",
    "routing:after-commit",
    "routing:before-send",
    "routing:after-send",
    "publish:before-commit",
    "publish:after-commit",
]
EACH = 12


@pytest.fixture(scope="module", params=["embedded", pytest.param("distributed", marks=pytest.mark.live)])
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    if request.param == "distributed":
        require_servers()
    armed = tmp_path_factory.mktemp("crash") / "armed"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRASH_FILE", str(armed))
        patch.setenv("CRASH_ROOT", str(ROOT))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent / "crash"), str(ROOT)]))
        with running(request.param) as system:
            yield system


@pytest.mark.parametrize("point", POINTS)
def test_nothing_is_lost_or_doubled(system: System, point: str) -> None:
    armed = Path(os.environ["CRASH_FILE"])
    fired = armed.with_suffix(".fired")
    fired.unlink(missing_ok=True)
    armed.write_text(point)

    replies = {n: send(system, f"{point}-{n}", n) for n in range(EACH)}
    system.until(lambda: revived(system) and fired.exists(), 60, f"killed at {point}")
    reports = {n: system.report_of(reply) for n, reply in replies.items()}

    assert len(set(reports.values())) == EACH
    for n, report in reports.items():
        public = system.public(report, "disposed")
        assert mark(point, n) in public["text"]
        assert [fact["what"] for fact in public["history"]] == ["verified", "disposed"]
    marks = [report["text"] for report in system.all_reports(q=mark(point, 0).split()[0])]
    assert len(marks) == EACH, "an event was handled twice"
    assert system.parked() == 0, "an event came twice to a handler"


def mark(point: str, n: int) -> str:
    return f"tanda{POINTS.index(point)}x lubang nomor {n}"


def send(system: System, id: str, n: int) -> str:
    """The provider's side: the same message again until it is answered, as Kannel does."""
    point = id.rsplit("-", 1)[0]
    words = f"BJN jalan rusak desa Tapelan kecamatan Kapas {mark(point, n)}"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return system.sms(words, id=id)
        except (httpx2.TransportError, AssertionError):
            revived(system)
            time.sleep(0.2)
    raise AssertionError("no answer")


def revived(system: System) -> bool:
    """Whether the system answers; on the embedded footing a person (here: we) starts it again after a kill."""
    assert system.process is not None
    if system.footing == "embedded" and system.process.poll() is not None:
        system.start()
    return system.ready()
