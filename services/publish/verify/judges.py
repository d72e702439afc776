"""Judges the rows of a release: those of reports by the log, those of the lists by their own derivations."""

from services.publish.datasets.field import Row
from services.publish.datasets.forms import digest
from services.publish.datasets.rules import Lists
from services.publish.datasets.spelling import record_hashed
from services.publish.verify import rows
from services.publish.verify.declared import Declared, DeclaredDataset
from services.publish.verify.findings import Verified, message_of, name_of
from services.publish.verify.history import Newest, check_words


class Rows:
    """Judges rows that the log does not commit to: their members, and what is derived."""

    def __init__(self, file: str, dataset: DeclaredDataset, lists: Lists, verified: Verified) -> None:
        self._file, self._dataset, self._lists, self._verified = file, dataset, lists, verified
        self._at = 0

    def follow(self, line: bytes) -> Row:
        self._at += 1
        row: Row = {}
        try:
            row = rows.read(line)
            rows.check_members(row, self._dataset)
            self._judge(row)
            rows.check_derived(row, self._dataset, self._lists, self._verified)
        except (ValueError, KeyError, TypeError) as error:
            self._verified.fault(self._file, message_of(error), self._at, name_of(line, self._dataset.key))
        return row

    def end(self) -> None:
        return

    def _judge(self, row: Row) -> None:
        """Raise `ValueError` for a row that cannot be right."""


class Reports(Rows):
    """Judges rows of *reports*: each must be what its report's newest fact commits to."""

    def __init__(
        self,
        file: str,
        release: Declared,
        lists: Lists,
        newest: dict[str, Newest],
        verified: Verified,
    ) -> None:
        super().__init__(file, release.datasets["reports"], lists, verified)
        self._release, self._newest = release, dict(newest)

    def end(self) -> None:
        for report, fact in self._newest.items():
            if fact.record is not None:
                what = f"it has no row, though line {fact.line} of history.jsonl commits to one"
                self._verified.fault(self._file, what, None, report)

    def _judge(self, row: Row) -> None:
        fact = self._newest.pop(str(row["id"]), None)
        if fact is None or fact.record is None:
            raise ValueError(
                "no fact of the log commits to this row: its report was hidden, has two rows, or is not in the log"
            )
        if fact.form not in self._release.forms:
            raise ValueError(f"form {fact.form} is not declared")
        record = self._release.forms[fact.form]
        hashed = row if self._release.spelling == 1 else record_hashed(fact.form, row)
        if digest(record, hashed) != fact.record:
            raise ValueError(f"it is not the record that line {fact.line} of history.jsonl commits to")
        if fact.form > 1:
            check_words(row["text"], row["text_salt"], fact.text_hash)
        rows.note_unproven(row, self._dataset, lambda field: field.member in record, self._verified)
