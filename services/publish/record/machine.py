"""Which reports the desk's machine opened by itself, and which of those a person later gave elsewhere.

Both are read in a report's public history, so that they can be counted again for records of any version.
"""

from collections.abc import Sequence

from services.publish.record.facts import Record, Step

_GIVEN = frozenset({"disposed", "transferred"})


def opened_by_machine(record: Record) -> bool:
    """Whether no person verified the report before it was public."""
    return bool(record.history) and record.history[0].word("reason") == "by machine"


def given_elsewhere(record: Record) -> bool:
    """Whether another agency than the machine's ever got a report that the machine opened.

    The machine gives a report once, when it opens it: each later agency is a person's choice. A report that comes back
    to the first agency stays given elsewhere.
    """
    return opened_by_machine(record) and len(set(_agencies(record.history))) > 1


def _agencies(history: Sequence[Step]) -> list[str | None]:
    return [step.word("agency") for step in history if step.what in _GIVEN]
