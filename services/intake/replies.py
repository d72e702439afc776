"""The texts that residents read: those of the region's words.yaml, filled in so that each fits one SMS."""

from datetime import datetime, timedelta
from typing import NamedTuple

from contracts import sms
from contracts.events import Closure
from contracts.region import Region
from contracts.region.words import LONGEST_REASON
from services.intake.deadlines import ReplyDeadlines
from services.intake.domain import TEXT_LIMIT, Standing
from services.intake.echoes import letters_of
from services.intake.speech import Phrases, Speech

_FAR = timedelta(days=270)
"""A date farther away than this is told with its year."""
_ANSWERED = ("responded", "closed")


class Asked(NamedTuple):
    """What is known of the report that a reply is about."""

    code: str
    accepted_at: datetime
    standing: Standing | None
    """None until routing has decided something."""


class Replies:
    """The replies of one region."""

    def __init__(self, region: Region) -> None:
        self._region, self._words, self._deadlines = region, region.words, ReplyDeadlines(region)
        self._constant = {
            "prefix": region.sms.prefix,
            "region": region.name.get("id") or next(iter(region.name.values())),
            "contact": region.contact,
            "text": str(TEXT_LIMIT),
        }
        self.speech = speech_of(region)
        self.an_hour = region.sms.replies_an_hour
        self.templates = tuple(map(letters_of, self._words.replies.values()))

    def say(self, name: str, code: str = "", **fields: str) -> str:
        """The reply called `name`."""
        values = self._constant | {"code": code} | fields
        return _fit(self._words.replies[name].format_map(values))

    def received(self, name: str, code: str, now: datetime) -> str:
        """The receipt `name` of a report that was accepted `now`, with the date by which it is verified."""
        return self.say(name, code, due=self._date(self._deadlines.verify_by(now), now))

    def which_code(self, wish: str, code: str) -> str:
        return self.say("which_code", code, command=getattr(self._words.commands, wish)[0].upper())

    def standing(self, asked: Asked, now: datetime) -> str:
        """The reply to CEK."""
        standing = asked.standing
        if standing is None or standing.status == "received":
            due = self._deadlines.verify_by(asked.accepted_at)
            return self.say("waiting_late" if now > due else "waiting", asked.code, due=self._date(due, now))
        name = "late" if standing.is_late(now) else standing.status
        if standing.hidden_at is not None:
            name = f"hidden_{standing.status}" if standing.status in _ANSWERED else "hidden"
        fields = {
            "due": self._date(self._due(standing), now),
            "date": self._date(standing.updated_at, now),
            "closure": self._words.closures[Closure(standing.closure)] if standing.closure else "",
            "reason": sms.shorten(standing.reason or "", LONGEST_REASON),
        }
        return self._of_agency(name, asked.code, standing.agency, fields)

    def _of_agency(self, name: str, code: str, agency_id: str | None, fields: dict[str, str]) -> str:
        """With the agency's name if one SMS holds it, else with its short name."""
        agency = self._region.agencies.get(agency_id or "")
        full_name = agency.name if agency else agency_id or ""
        values = self._constant | {"code": code} | fields
        text = self._words.replies[name].format_map(values | {"agency": full_name})
        if agency and agency.short_name and sms.length(text) > sms.limit(text):
            text = self._words.replies[name].format_map(values | {"agency": agency.short_name})
        return _fit(text)

    def _due(self, standing: Standing) -> datetime:
        if standing.due_at is not None:
            return standing.due_at
        if standing.status == "responded":
            return self._deadlines.silent_at(standing.updated_at)
        return self._deadlines.respond_by(standing.updated_at)

    def _date(self, at: datetime, now: datetime) -> str:
        return self._words.dates.spell(at.astimezone(self._region.zone).date(), with_year=abs(at - now) > _FAR)


def _fit(text: str) -> str:
    return sms.shorten(text, sms.limit(text))


def speech_of(region: Region) -> Speech:
    """The words by which the region's residents ask for something."""
    words, prefix = region.words, region.sms.prefix
    polite = {"filler": (*words.fillers, prefix), "greeting": words.greetings, "thanks": words.thanks}
    return Speech(prefix, Phrases(vars(words.commands)), Phrases(polite), Phrases({"automatic": words.automatic}))
