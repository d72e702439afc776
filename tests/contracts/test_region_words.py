"""words.yaml is checked: each text is used, has its placeholders, names known commands, and fits one SMS."""

import re
import shutil
from pathlib import Path

import pytest

from contracts import sms
from contracts.region import RegionFault, load_region
from contracts.region.words import ONLY_WITH_NUMBERS, REPLIES

TINY = Path("tests/regions/tiny")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def faults(folder: Path, old: str, new: str) -> list[str]:
    """The faults once the first line that matches `old` is `new`, each with the number of its line."""
    words = folder / "words.yaml"
    text = words.read_text()
    assert re.search(old, text, re.MULTILINE)
    words.write_text(re.sub(old, lambda _: new, text, count=1, flags=re.MULTILINE))
    with pytest.raises(RegionFault) as caught:
        load_region(folder)
    return [f"{fault.line}: {fault.what}" for fault in caught.value.faults]


def line_of(key: str) -> int:
    return next(n for n, line in enumerate((TINY / "words.yaml").read_text().split("\n"), 1) if re.match(key, line))


def test_each_missing_text_is_told_with_what_to_write(folder: Path) -> None:
    for name in REPLIES.keys() - {ONLY_WITH_NUMBERS}:
        shutil.copy(TINY / "words.yaml", folder / "words.yaml")
        [fault] = faults(folder, rf'^  {name}: ".*\n', "")
        assert fault.startswith(f"{line_of('replies:')}: the reply {name!r} is missing: write what a resident reads ")
        assert all(f"{{{field}}}" in fault for field in REPLIES[name].must)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("^  late: ", '  hello: "Halo"\n  late: ', "the reply 'hello' is never used: delete it. There are received, "),
        ("^  amended: .*", '  amended: "Dicatat."', "the reply 'amended' lacks {code}"),
        ("^  amended: .*", '  amended: ""', "the reply 'amended' is empty: write what a resident reads "),
        ("^  amended: .*", '  amended: "{code} {"', "the reply 'amended': "),
        ("^  amended: .*", '  amended: "{code:>900}"', "the reply 'amended': write {code} alone"),
        ("^  amended: .*", '  amended: "{code.upper}"', "the reply 'amended': nothing is called {code.upper}"),
        ("^  amended: .*", '  amended: "{code} {}"', "the reply 'amended': nothing is called {}"),
        ("^  amended: .*", '  amended: "Balas LIHAT {code}"', "the reply 'amended': there is no command 'LIHAT'"),
        ("^  amended: .*", '  amended: "{code}\\nya"', "'replies.amended': one line with words is expected"),
        (
            "^  amended: .*", f'  amended: "{{code}} {"a" * 152}"',
            "the reply 'amended': 161 characters once filled in, and one SMS holds 160",
        ),
        (
            "^  amended: .*", f'  amended: "{{code}} “{"a" * 62}”"',
            "the reply 'amended': 73 characters once filled in, and one SMS holds 70 because of '“”'",
        ),
        (
            "^  disposed: .*", f'  disposed: "{{code}} {{agency}} {{due}} {"a" * 120}"',
            "; shorten it, or give 'Dinas Komunikasi dan Informatika' a short_name in agencies.csv",
        ),
        ("  done: sudah ditangani\n", "", "'done' is missing: say why it was closed"),
        ("  done: sudah", "  gone: sudah", "'closures.gone': Input should be 'done', "),
        ("check:\n    \\[cek", "check:\n    [batal, cek", "'batal' already stands in 'check'"),
        ("fillers:\n  \\[pak", "fillers:\n  [cek, pak", "'cek' already stands in 'check'"),
        ("  stop: .*", "  stop: []", "'commands.stop': "),
        ("  stop: .*\n", "", "'commands.stop' is missing"),
        ("Senin, Selasa, ", "Senin, ", "'dates.weekdays': "),
        ('form: ".*"', 'form: "{weekday}"', "'dates.form': write it with {day} and {month}"),
    ],
)  # fmt: skip
def test_a_fault_in_a_text_is_told(folder: Path, old: str, new: str, what: str) -> None:
    assert [fault for fault in faults(folder, old, new) if what in fault]


def test_the_reply_to_a_further_piece_may_be_left_empty(folder: Path) -> None:
    words = folder / "words.yaml"
    words.write_text(re.sub("^  joined: .*", '  joined: ""', words.read_text(), flags=re.MULTILINE))
    assert load_region(folder).words.replies["joined"] == ""


def test_a_short_name_lets_a_text_fit(folder: Path) -> None:
    long = f'  disposed: "{{code}} {{agency}} {{due}} {"a" * 105}"'
    assert faults(folder, "^  disposed: .*", long)
    rows = (folder / "agencies.csv").read_text().splitlines()
    short = [f"{row},{'short_name' if n == 0 else row.split(',')[0][:12]}" for n, row in enumerate(rows)]
    (folder / "agencies.csv").write_text("\n".join(short))
    assert load_region(folder).agencies["dinkominfo"].short_name == "dinkominfo"


def test_a_character_of_the_extension_counts_twice_and_others_leave_room_for_70() -> None:
    assert (sms.length("a€"), sms.limit("a€")) == (3, 160)
    assert (sms.length("a“😀"), sms.limit("a“😀")) == (4, 70)
    assert sms.length(sms.shorten("kata " * 100, 160)) <= 160


def test_the_text_for_danger_is_asked_for_and_allowed_only_with_numbers(folder: Path) -> None:
    urgent = '  urgent: "Telepon {numbers}. Kode {code}."\n'
    [unused] = faults(folder, "^  again:", f"{urgent}  again:")
    assert unused.endswith("the reply 'urgent': there are no emergency numbers in region.yaml to name as {numbers}")
    region = folder / "region.yaml"
    region.write_text(region.read_text() + 'emergency: ["112", "110"]\n')
    load_region(folder)
    [missing] = faults(folder, f"^{re.escape(urgent)}", "")
    assert missing.endswith(
        "the reply 'urgent' is missing: write what a resident reads in place of a receipt, if the words tell of danger "
        "now, with {code} and {numbers}"
    )
    [long] = faults(folder, "^  again:", f'  urgent: "{{numbers}} {{code}} {"x" * 150}"\n  again:')
    assert "'urgent': 168 characters once filled in, and one SMS holds 160" in long
