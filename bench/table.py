"""The lines that every benchmark gives, and the table they become."""

from typing import NamedTuple


class Line(NamedTuple):
    what: str
    figures: str
    beside: str
    """The peer, in the same run."""
    ratio: str
    goal: str


def markdown(lines: list[Line]) -> str:
    """A table for a README."""
    head = Line("what", "Pendapa", "its peer, same run", "ratio", "goal")
    rows = [head, Line(*["---"] * 5), *lines]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)
