"""The one word for each thing that happens to a report, on every face and in every file."""

from enum import StrEnum


class What(StrEnum):
    """Something that happened to a report, named by the past tense of the act: closing makes `closed`.

    The type of an agency event is `report.` followed by this word.
    """

    held = "held"
    urgent = "urgent"
    """The machine found that somebody is in danger now, and told the agency."""
    verified = "verified"
    rejected = "rejected"
    disposed = "disposed"
    transferred = "transferred"
    refused = "refused"
    acknowledged = "acknowledged"
    responded = "responded"
    """The agency answered. `acted` says whether it did something, or only explained."""
    corrected = "corrected"
    closed = "closed"
    """It ended. `closure` says how."""
    withdrawn = "withdrawn"
    reopened = "reopened"
    merged = "merged"
    """It ended as the duplicate of another report, which goes on for both."""
    split_off = "split"
    """Its merge was taken back."""
    recounted = "recounted"
    """Of a main report: another one was merged into it, split from it or hidden, so `reported_by` changed."""
    escalated = "escalated"
    relocated = "relocated"
    rescheduled = "rescheduled"
    amended = "amended"
    satisfied = "satisfied"
    unsatisfied = "unsatisfied"
    updated = "updated"
    hidden = "hidden"


_OF_THE_OFFICE = frozenset({What.held, What.urgent, What.rejected, What.withdrawn, What.updated})
PUBLIC_WHAT = tuple(what for what in What if what not in _OF_THE_OFFICE)
"""The words of a report's public history. The other words are told to officials and agencies alone."""
