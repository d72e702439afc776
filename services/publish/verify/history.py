"""Checks each fact of a downloaded release against its leaf, and keeps the newest fact of each report."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from services.publish.datasets.field import FieldProof, Row
from services.publish.datasets.forms import text_hash
from services.publish.datasets.rules import Lists
from services.publish.datasets.spelling import entry_hashed
from services.publish.log.commitment import commitment
from services.publish.verify import rows
from services.publish.verify.declared import DeclaredDataset
from services.publish.verify.findings import Verified, message_of, name_of


class Newest(NamedTuple):
    """The newest fact of a report: the hashes that it commits to, null where it has none, and its line."""

    form: int
    record: str | None
    text_hash: str | None
    line: int


class History:
    """Reads the lines of the dataset *history* from the first to the last, and holds each against its leaf."""

    def __init__(
        self,
        file: str,
        dataset: DeclaredDataset,
        spelling: int,
        leaves: Iterator[bytes],
        lists: Lists,
        verified: Verified,
        *,
        leaves_right: bool,
    ) -> None:
        """`file`: where the lines are from, for its faults.

        `leaves_right`: leaves.bin is what the checkpoint signs, so a line that differs from its leaf is wrong.
        """
        self.newest: dict[str, Newest] = {}
        self.commitments: list[bytes] = []
        """What each line commits to; of an erased fact, its leaf."""
        self.unlike: list[int] = []
        """The numbers of the lines that do not commit to their leaves."""
        self._leaves_right = leaves_right
        self._file, self._dataset, self._spelling = file, dataset, spelling
        self._leaves, self._lists, self._verified = leaves, lists, verified
        self._beside = {field.name for field in dataset.fields if field.proof is FieldProof.NONE or field.derived}
        """The members of a line that its entry never has."""
        self._words = {field.name for field in dataset.fields if field.proof is FieldProof.WORDS}
        """The members of a line that its entry has in form 1 alone."""
        self._erased: set[int] = set()
        self._named: set[int] = set()
        self._wordless: set[int] = set()
        self._named_wordless: set[int] = set()
        self._main_of: dict[str, str] = {}
        """Of each report that is merged now, the main one."""
        self._at = 0

    def duplicates(self) -> dict[str, Row]:
        """How many reports name each main one, for rule 2."""
        return {main: {"duplicate_of": count} for main, count in Counter(self._main_of.values()).items()}

    def follow(self, line: bytes) -> Row:
        """The line's row; a fault if it is not written as a fact is, or its words are not those committed to."""
        self._at += 1
        leaf = next(self._leaves, None)
        try:
            row = rows.read(line)
            if row["index"] != self._at - 1:
                raise ValueError(f"its index is not {self._at - 1}")
            if row["salt"] is None:
                self._erase(row)
                self.commitments.append(leaf or b"")
            else:
                self._check(row, leaf)
        except (ValueError, KeyError, TypeError) as error:
            self._verified.fault(self._file, message_of(error), self._at, name_of(line, self._dataset.key))
            return {}
        return row

    def end(self) -> None:
        verified = self._verified
        verified.facts, verified.erased = self._at, len(self._erased)
        if next(self._leaves, None) is not None and self._leaves_right:
            verified.fault(self._file, "it ends before the log does", self._at)
        for index in sorted(self._erased ^ self._named):
            erased = index in self._erased
            what = (
                "the fact is gone, and no hiding names it"
                if erased
                else "a hiding names the fact as erased, and it is here"
            )
            verified.fault(self._file, what, index + 1)
        for index in sorted(self._wordless ^ self._named_wordless):
            wordless = index in self._wordless
            what = (
                "its words are not those that the log commits to: they are gone, and no correction names it"
                if wordless
                else "a correction names its words as erased, and they are here"
            )
            verified.fault(self._file, what, index + 1)

    def _erase(self, row: Row) -> None:
        if tuple(row) != ("index", "salt"):
            raise ValueError("the line of an erased fact holds more than its index")
        self._erased.add(self._at - 1)

    def _check(self, row: Row, leaf: bytes | None) -> None:
        form = row.get("form", 1)
        if not isinstance(form, int):
            raise ValueError("its form is no number")
        beside = self._beside | (self._words if form > 1 else set())
        members = {name: value for name, value in row.items() if name not in beside}
        committed = commitment(
            read_salt(row["salt"]), orjson.dumps(members if self._spelling == 1 else entry_hashed(members))
        )
        self.commitments.append(committed)
        if committed != leaf:
            self.unlike.append(self._at)
            if self._leaves_right:
                raise ValueError("it is not the fact that its leaf commits to")
        if form > 1 and row.get("text_hash") is not None and row["text"] is None and row["text_salt"] is None:
            self._wordless.add(self._at - 1)
        elif form > 1:
            check_words(row["text"], row["text_salt"], row.get("text_hash"))
        elif row.get("text_salt") is not None:
            raise ValueError("it has a salt of words that its form commits to without one")
        rows.note_unproven(row, self._dataset, lambda field: field.name not in beside, self._verified)
        rows.check_derived(row, self._dataset, self._lists, self._verified)
        self._remember(row, form)

    def _remember(self, row: Row, form: int) -> None:
        erased = row.get("erased")
        if isinstance(erased, list):
            self._named.update(erased)
            self._verified.lost += len(erased) if row.get("what") == "lost" else 0
        words_erased = row.get("words_erased")
        if isinstance(words_erased, list):
            self._named_wordless.update(words_erased)
        if "id" not in row:
            return  # a fact about no report, such as a release; its leaf is checked as the others are
        record, hash = row.get("record"), row.get("report_text_hash")
        self.newest[str(row["id"])] = Newest(
            form, record if isinstance(record, str) else None, hash if isinstance(hash, str) else None, self._at
        )
        if isinstance(erased, list) and row.get("what") == "hidden":
            self._verified.hidden += 1
        if row.get("what") in ("merged", "split"):
            self._main_of.pop(str(row["id"]), None)
        if isinstance(main := row.get("duplicate_of"), str):
            self._main_of[str(row["id"])] = main


def read_salt(written: object) -> bytes:
    """The bytes of a salt; raise `ValueError` unless it is written in the only way that releases write it."""
    salt = bytes.fromhex(str(written))
    if salt.hex() != written:
        raise ValueError("a salt is not written in lower-case hexadecimal")
    return salt


def check_words(text: object, salt: object, hash: object) -> None:
    """Raise `ValueError` unless the hash is that of the salt and the text; without a hash both must be null."""
    if hash is None:
        if text is not None or salt is not None:
            raise ValueError("it has words that nothing commits to")
    elif not isinstance(text, str) or not isinstance(salt, str) or text_hash(read_salt(salt), text) != hash:
        raise ValueError("its words are not those that the log commits to")
