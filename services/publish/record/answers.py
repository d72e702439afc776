"""The answers in a report's public history, numbered from 1 as agencies number them, and the words that count."""

from collections.abc import Iterator

from services.publish.record import values
from services.publish.record.facts import Record, Step

CORRECTED = "corrected"


def renumber(record: Record) -> Record:
    """The record after its last step: an answer has its number; a correction for privacy erased all earlier words."""
    history = numbered(record.history)
    *before, last = history
    if last.what != CORRECTED or last.values.get("privacy") is not True:
        return record._replace(history=history)
    replaced = _wordings(tuple(before), number_of(last))
    return record._replace(history=_without_words(history, replaced), replaced=replaced)


def complete(stored: bytes, stored_edition: int | None) -> bytes:
    """A stored history as this version writes it, its answers numbered, whichever version wrote it."""
    if stored_edition == values.steps_edition(stored):
        return stored
    return values.steps(numbered(values.read_steps(stored)))


def numbered(history: tuple[Step, ...]) -> tuple[Step, ...]:
    """The history with the number of each answer, also of those that a version before gave none."""
    return tuple(_numbered(history))


def _numbered(history: tuple[Step, ...]) -> Iterator[Step]:
    last = 0
    for step in history:
        if not _is_answer(step):
            yield step
            continue
        number = number_of(step)
        last = last + 1 if number is None else number
        yield step if number is not None else step._replace(values={**step.values, "answer": last})


def _is_answer(step: Step) -> bool:
    """A response, or a close that has words, or had them."""
    has_words = step.word("text") is not None or number_of(step) is not None
    return step.what == "responded" or (step.what == "closed" and has_words)


def number_of(step: Step) -> int | None:
    """The number of the answer that the step gives or corrects."""
    number = step.values.get("answer")
    return number if isinstance(number, int) else None


def _wordings(history: tuple[Step, ...], answer: int | None) -> tuple[int, ...]:
    """The positions of the steps that have words of this answer."""
    return tuple(at for at, step in enumerate(history) if number_of(step) == answer and step.word("text") is not None)


def _without_words(history: tuple[Step, ...], positions: tuple[int, ...]) -> tuple[Step, ...]:
    return tuple(
        step._replace(values={**step.values, "text": None}) if at in positions else step
        for at, step in enumerate(history)
    )


def newest_words(history: tuple[Step, ...]) -> str | None:
    """The words of the newest answer that has any, as they were corrected last."""
    words: dict[int, str] = {}
    for step in numbered(history):
        number, text = number_of(step), step.word("text")
        if number is not None and text is not None:
            words[number] = text
    return words[max(words)] if words else None
