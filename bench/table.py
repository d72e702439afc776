"""The lines of a benchmark's result, and the table made of them."""

from typing import NamedTuple


class Line(NamedTuple):
    name: str
    figures: str
    beside: str
    """The figures of the peer, in the same run."""
    ratio: str
    goal: str


def markdown(lines: list[Line]) -> str:
    """A table for a README."""
    head = Line("what", "Pendapa", "its peer, same run", "ratio", "goal")
    rows = [head, Line(*["---"] * 5), *lines]
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)
