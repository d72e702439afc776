"""The shapes of words.yaml: how residents write, what they may ask by message, and every text that answers them."""

from datetime import date
from string import Formatter
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts import sms
from contracts.events import Closure


class WordsShape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _one_line(text: str) -> str:
    if text and not (text.strip() and text.isprintable()):
        raise ValueError("one line with words is expected")
    return text


def _date_form(form: str) -> str:
    if not {"day", "month"} <= placeholders(form) <= {"weekday", "day", "month"}:
        raise ValueError("write it with {day} and {month}, and {weekday} if it is said")
    return form


def placeholders(template: str) -> set[str]:
    """The names between braces. Raises `ValueError` if the braces do not match."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


Line = Annotated[str, AfterValidator(_one_line)]
Phrase = Annotated[Line, Field(min_length=1)]
Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1)]
DateForm = Annotated[str, AfterValidator(_one_line), AfterValidator(_date_form)]


class Commands(WordsShape):
    """The words, or phrases of several words, by which a message asks for something. The replies name them."""

    check: Phrases
    """Where does the report stand?"""
    satisfied: Phrases
    unsatisfied: Phrases
    withdraw: Phrases
    amend: Phrases
    stop: Phrases
    """The sender wants no more messages."""
    help: Phrases


class Dates(WordsShape):
    """How a date is spelled for residents."""

    weekdays: Annotated[tuple[Phrase, ...], Field(min_length=7, max_length=7)]
    """From Monday."""
    months: Annotated[tuple[Phrase, ...], Field(min_length=12, max_length=12)]
    form: DateForm
    """With {weekday}, {day} and {month}; the year of a date long past is added behind it."""

    def spell(self, day: date, *, with_year: bool = False) -> str:
        weekday, month = self.weekdays[day.weekday()], self.months[day.month - 1]
        spelled = self.form.format(weekday=weekday, day=day.day, month=month)
        return f"{spelled} {day.year}" if with_year else spelled

    def longest(self) -> str:
        weekday, month = (max(names, key=sms.length) for names in (self.weekdays, self.months))
        return f"{self.form.format(weekday=weekday, day=30, month=month)} {date.max.year}"


class RegionWords(WordsShape):
    """The file words.yaml."""

    slang: dict[str, str] = {}
    stopwords: tuple[str, ...] = ()
    common_names: tuple[str, ...] = ()
    everyday_names: tuple[str, ...] = ()
    """Those of the common names that may follow "desa" as words, such as "sudah"."""
    elsewhere: tuple[str, ...] = ()
    """Names of places outside the government, so that what lies there is not taken for its own."""
    commands: Commands
    fillers: tuple[Phrase, ...] = ()
    """Words around a command that change nothing, such as titles; alone they are no report."""
    greetings: tuple[Phrase, ...] = ()
    thanks: tuple[Phrase, ...] = ()
    automatic: tuple[Phrase, ...] = ()
    """How messages begin that a phone or a network writes by itself."""
    dates: Dates
    closures: dict[Closure, Phrase]
    replies: dict[str, Line]


class ReplyRule(NamedTuple):
    """When a resident reads a text, the placeholders that it must have, and those that it may have."""

    read: str
    must: frozenset[str]
    may: frozenset[str]


def _rule(read: str, must: str = "", may: str = "") -> ReplyRule:
    return ReplyRule(read, frozenset(must.split()), frozenset((f"{must} {may} prefix contact region").split()))


REPLIES = {
    "received": _rule("after a message became a report", "code due", "link"),
    "urgent": _rule("in place of a receipt, if the words tell of danger now", "code numbers", "due link"),
    "again": _rule("after a message that repeats an earlier one", "code", "due link"),
    "joined": _rule("after a further piece of a long message", "code", "due"),
    "filed": _rule("after a report over Open311", "code due", "link"),
    "help": _rule("after HELP, a greeting or an empty message", "prefix"),
    "thanks": _rule("after thanks"),
    "stopped": _rule("after STOP"),
    "not_filed": _rule("after a message that a phone seems to have written by itself", "prefix"),
    "too_long": _rule("after a message with more than {text} characters", "text"),
    "unknown_code": _rule("after a command with a code that no report has", "code"),
    "not_yours": _rule("after a command, or other words, about a report of another phone", "code"),
    "which_code": _rule("after a command without a code, from a phone with reports", "command code"),
    "amend_how": _rule("after the command to add words, without words", "code"),
    "amended": _rule("after words were added", "code", "link"),
    "withdrawn": _rule("after the reporter took a report back", "code"),
    "satisfied": _rule("after the reporter was satisfied", "code"),
    "unsatisfied": _rule("after the reporter was not satisfied with a closed report", "code"),
    "noted": _rule("after the reporter was not satisfied with a report that is not closed", "code"),
    "waiting": _rule("of a report that nobody has verified yet", "code due", "link"),
    "waiting_late": _rule("the same, once the time to verify it is over", "code due", "link"),
    "verified": _rule("of a verified report that no agency has yet", "code"),
    "disposed": _rule("of a report that an agency has", "code agency due", "link"),
    "in_progress": _rule("of a report that its agency works on", "code agency due", "link"),
    "late": _rule("of a report that its agency has not answered in time", "code agency due", "link"),
    "responded": _rule("of a report that its agency answered", "code agency", "date due link"),
    "closed": _rule("of a closed report", "code closure", "agency date link"),
    "reopened": _rule("of a reopened report", "code agency due", "link"),
    "rejected": _rule("of a report that will not be public", "code", "reason date"),
    "hidden": _rule("of a report that was taken out of public view, and is not answered", "code", "due"),
    "hidden_responded": _rule("of one taken out of public view that its agency answered", "code", "date due link"),
    "hidden_closed": _rule("of one taken out of public view that is closed", "code", "closure date link"),
    "merged": _rule("of one merged into another about the same, which is not answered", "code due", "agency link"),
    "merged_responded": _rule("of one merged into another, which its agency answered", "code", "agency date due link"),
    "merged_closed": _rule("of one merged into another, which is closed", "code closure", "agency date link"),
}
"""Every text that a resident reads, by its name in words.yaml."""

ONLY_WITH_NUMBERS = "urgent"
"""A region that names no emergency numbers has no such text."""

MAY_BE_EMPTY = frozenset({"joined"})
"""A region that leaves these empty sends no reply."""

LONGEST_REASON = 40
"""Characters of a reason in a reply; what is longer is shortened."""
