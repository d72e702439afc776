"""A key turned over: the new one works at once, the former one until its time is over."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from contracts.region import Region
from gateway.callers.keys import Hashes, Holder, KeyHolders, hash_key
from pendapa.fault import Fault
from pendapa.home import Home, Keys, save_file
from pendapa.turning import Whose, turn
from services.publish.log import checkpoint
from services.publish.verify.findings import Verdict
from services.publish.verify.key import read_key
from services.publish.verify.release import verify_release
from tests.journey.system import TAPELAN, running
from tests.pendapa.test_key import call, file_report, gateway, home

__all__ = ["gateway", "home"]
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def keys_of(home: Home) -> Keys:
    return Keys.model_validate_json(home.keys_file.read_bytes())


def key_of(home: Home, whose: Whose) -> str:
    keys = json.loads(home.keys_file.read_text())
    group = {"agency": "agencies", "channel": "channels"}.get(whose.role)
    return str(keys[group][whose.name] if group else keys[whose.role])


@pytest.mark.parametrize(
    "whose",
    [Whose("filing", None), Whose("official", None), Whose("agency", "dpu"), Whose("channel", "kannel")],
    ids=str,
)
def test_both_keys_are_the_same_holders_until_the_former_ones_time_is_over(
    home: Home, whose: Whose, capsys: pytest.CaptureFixture[str], tiny: Region
) -> None:
    former = key_of(home, whose)
    turn(whose, timedelta(hours=5), home, home.hashes_file, NOW)
    new = capsys.readouterr().out.strip()
    assert new == key_of(home, whose) != former
    assert new not in home.hashes_file.read_text()
    home.prepare(tiny)  # as the next start does
    for hours, expected in ((4.9, Holder(*whose)), (5.1, None)):
        at = NOW + timedelta(hours=hours)
        holders = KeyHolders(home.hashes_file, lambda at=at: at)  # type: ignore[misc]
        assert (holders.holder(new), holders.holder(former)) == (Holder(*whose), expected)


def test_a_stolen_key_ends_at_once_while_the_server_runs(home: Home, gateway: TestClient) -> None:
    former = keys_of(home).filing
    assert file_report(gateway, former) == 200
    said = call(home, "turn", "filing", "--keep-hours", "0")
    assert said.returncode == 0, said.stderr
    assert (file_report(gateway, former), file_report(gateway, said.stdout.strip())) == (401, 200)


def test_an_applications_former_key_keeps_its_name_and_limit_and_ends_with_it(home: Home, gateway: TestClient) -> None:
    former = call(home, "new", "peta", "--a-minute", "7").stdout.strip()
    new = call(home, "turn", "filing", "peta").stdout.strip()
    holders = KeyHolders(home.hashes_file)
    assert holders.holder(former) == holders.holder(new) == Holder("filing", "peta", 7)
    assert call(home, "revoke", "peta").returncode == 0
    assert [file_report(gateway, key) for key in (former, new)] == [401, 401]


def test_what_is_over_is_forgotten_and_what_is_not_stays(home: Home) -> None:
    for number, hours in enumerate((1, 3)):
        turn(Whose("filing", None), timedelta(hours=2), home, home.hashes_file, NOW + timedelta(hours=hours * number))
    turn(Whose("official", None), timedelta(hours=2), home, home.hashes_file, NOW + timedelta(hours=4))
    former = Hashes.model_validate_json(home.hashes_file.read_bytes()).former
    assert [(each.role, each.until) for each in former] == [
        ("filing", NOW + timedelta(hours=5)),
        ("official", NOW + timedelta(hours=6)),
    ]


def test_nothing_is_written_for_a_holder_that_is_not_there_or_a_file_of_other_keys(home: Home, tmp_path: Path) -> None:
    before = home.hashes_file.read_bytes(), home.keys_file.read_bytes()
    for whose in (Whose("agency", "nobody"), Whose("channel", "pigeon"), Whose("filing", "stranger")):
        with pytest.raises(Fault, match="there is no"):
            turn(whose, timedelta(), home, home.hashes_file, NOW)
    other = tmp_path / "other.json"
    save_file(other, Hashes(official=hash_key("another's")))
    with pytest.raises(Fault, match="another key of official"):
        turn(Whose("official", None), timedelta(), home, other, NOW)
    assert (home.hashes_file.read_bytes(), home.keys_file.read_bytes()) == before
    assert call(home, "turn", "agency").returncode == call(home, "turn", "official", "name").returncode == 2


def test_the_logs_key_turned_over_signs_beside_the_former_one_and_old_releases_still_verify(tmp_path: Path) -> None:
    with running("embedded") as system:
        keys, folders = [], []
        for number in (1, 2):
            words = f"{TAPELAN} {number}"
            system.public(system.report_of(system.sms(words, id=f"turned-{number}", sender=f"+6281100000{number}")))
            folders.append(system.download(system.release(), tmp_path / str(number)))
            keys.append(system.http.get("/log/key").content)
            if number == 1:
                assert "Another Pendapa" in call(Home(system.data, "embedded"), "turn", "log").stderr  # it runs
                system.end()
                turned = call(Home(system.data, "embedded"), "turn", "log")
                assert turned.returncode == 0, turned.stderr
                assert keys[0].decode().strip() in turned.stderr
                system.start()
                # Before another fact, too: the head that is there gets the new key's signature.
                unchanged = system.download(system.release(), tmp_path / "unchanged")
                fresh = system.http.get("/log/key").content
                assert verify_release(unchanged, fresh, lambda _: None).verdict is Verdict.as_signed
        count = int((folders[1] / "leaves.bin").stat().st_size / 32)
        assert keys[1].decode() == turned.stdout
        assert system.http.get("/readyz").text.count("signs nothing") == 0
    verdicts = [[verify_release(folder, key, lambda _: None).verdict for key in keys] for folder in folders]
    assert verdicts == [[Verdict.as_signed, Verdict.changed], [Verdict.changed, Verdict.as_signed]]
    head = (folders[1] / "checkpoint").read_text()
    assert {checkpoint.verify(read_key(key), head).size for key in keys} == {count}
