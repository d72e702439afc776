"""The texts that residents read: those of the region's words.yaml, filled in so that each fits one SMS."""

from datetime import datetime, timedelta

from contracts import sms
from contracts.events import Closure
from contracts.region import Region
from contracts.region.words import LONGEST_REASON
from services.intake.deadlines import ReplyDeadlines
from services.intake.domain import TEXT_LIMIT
from services.intake.echoes import letters_of
from services.intake.emergencies import Emergencies
from services.intake.speech import Phrases, Speech
from services.intake.telling import Asked, Told, tell

_FAR = timedelta(days=270)
"""A date farther away than this is told with its year."""


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
        self.emergencies = Emergencies(region)
        self.an_hour = region.sms.replies_an_hour
        self.templates = tuple(map(letters_of, self._words.replies.values()))

    def say(self, name: str, code: str = "", **fields: str) -> str:
        """The reply called `name`."""
        values = self._constant | {"code": code, "link": ""} | fields
        return _fit(self._words.replies[name].format_map(values))

    def received(self, name: str, code: str, now: datetime, link: str = "", text: str = "") -> str:
        """The receipt `name` of a report that was accepted `now`, with the date by which it is verified.

        If the words `text` tell of danger now, the receipt that names the numbers to call instead.
        """
        numbers = self.emergencies.numbers(text)
        due = self._date(self._deadlines.verify_by(now), now)
        return self.say("urgent" if numbers else name, code, due=due, link=link, numbers=", ".join(numbers))

    def which_code(self, wish: str, code: str) -> str:
        return self.say("which_code", code, command=getattr(self._words.commands, wish)[0].upper())

    def told(self, asked: Asked, now: datetime) -> Told:
        """What CEK tells."""
        return tell(asked, self._deadlines, now)

    def standing(self, asked: Asked, now: datetime, link: str = "") -> str:
        """The reply to CEK; `link`: the reporter's own, if it is the reporter who asks."""
        told = self.told(asked, now)
        since = told.since
        fields = {
            "due": self._date(told.due or self._deadlines.respond_by(since), now),
            "date": self._date(since, now),
            "closure": self._words.closures[Closure(told.closure)] if told.closure else "",
            "reason": sms.shorten(told.reason or "", LONGEST_REASON),
            "link": link,
        }
        return self._of_agency(told.reply, asked.code, told.agency, fields)

    def _of_agency(self, name: str, code: str, agency_id: str | None, fields: dict[str, str]) -> str:
        """With the agency's name if one SMS holds it, else with its short name."""
        agency = self._region.agencies.get(agency_id or "")
        full_name = agency.name if agency else agency_id or ""
        values = self._constant | {"code": code} | fields
        text = self._words.replies[name].format_map(values | {"agency": full_name})
        if agency and agency.short_name and sms.length(text) > sms.limit(text):
            text = self._words.replies[name].format_map(values | {"agency": agency.short_name})
        return _fit(text)

    def _date(self, at: datetime, now: datetime) -> str:
        return self._words.dates.spell(at.astimezone(self._region.zone).date(), with_year=abs(at - now) > _FAR)


def _fit(text: str) -> str:
    return sms.shorten(text, sms.limit(text))


def speech_of(region: Region) -> Speech:
    """The words by which the region's residents ask for something."""
    words, prefix = region.words, region.sms.prefix
    polite = {"filler": (*words.fillers, prefix), "greeting": words.greetings, "thanks": words.thanks}
    return Speech(prefix, Phrases(vars(words.commands)), Phrases(polite), Phrases({"automatic": words.automatic}))
