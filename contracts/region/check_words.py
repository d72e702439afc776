"""Checks words.yaml: every text a resident reads is there, says what it must, and fits one SMS once it is filled in."""

import re
from collections import defaultdict
from string import Formatter

from contracts import sms
from contracts.codes import TOKEN_LENGTH
from contracts.events import Closure
from contracts.region.files import RegionFiles
from contracts.region.wording import did_you_mean
from contracts.region.words import LONGEST_REASON, MAY_BE_EMPTY, ONLY_WITH_NUMBERS, REPLIES, ReplyRule, placeholders

_CODE = "W" * 8
_LONGEST_NUMBER = "4000"
_NAMED_COMMAND = re.compile(r"\b([^\W\d_]{2,}) +\{code\}")


def check_words(files: RegionFiles) -> None:
    """Add a fault for each text that is missing, has no use, lacks a placeholder or is too long."""
    if files.words is None:
        return
    _check_phrases(files)
    for closure in Closure:
        if closure not in files.words.closures:
            files.speech.fault(files.speech.line("closures"), f"{closure.value!r} is missing: say why it was closed")
    has_numbers = files.government is not None and bool(files.government.emergency)
    for name, rule in REPLIES.items():
        if name not in files.words.replies and (name != ONLY_WITH_NUMBERS or has_numbers):
            what = f"the reply {name!r} is missing: write what a resident reads {rule.read}{_with(rule)}"
            files.speech.fault(files.speech.line("replies"), what)
    for name, template in files.words.replies.items():
        for what in _faults(files, name, template):
            files.speech.fault(files.speech.line("replies", name), f"the reply {name!r}{what}")


def _with(rule: ReplyRule) -> str:
    names = [f"{{{name}}}" for name in sorted(rule.must)]
    return f", with {' and '.join(names)}" if names else ""


def _faults(files: RegionFiles, name: str, template: str) -> list[str]:
    if (rule := REPLIES.get(name)) is None:
        return [f" is never used: delete it. There are {', '.join(REPLIES)}"]
    if not template:
        return [] if name in MAY_BE_EMPTY else [f" is empty: write what a resident reads {rule.read}"]
    try:
        parts = list(Formatter().parse(template))
        used = placeholders(template)
    except ValueError as e:
        return [f": {e}; write {{{{ for a brace that is no field"]
    faults = [f": nothing is called {{{each}}}; {_near(each, rule)}" for each in sorted(used - rule.may)]
    faults += [f" lacks {{{each}}}" for each in sorted(rule.must - used)]
    faults += [f": write {{{each}}} alone" for _, each, spec, conversion in parts if spec or conversion]
    if "link" in used and files.government is not None and files.government.follow_url is None:
        faults.append(": there is no follow_url in region.yaml to begin a {link} with")
    if "numbers" in used and files.government is not None and not files.government.emergency:
        faults.append(": there are no emergency numbers in region.yaml to name as {numbers}")
    return faults or [*_unknown_commands(files, template), *_too_long(files, template)]


def _near(name: str, rule: ReplyRule) -> str:
    return did_you_mean(name, rule.may, "the README of the region")


def _unknown_commands(files: RegionFiles, template: str) -> list[str]:
    """A word in capitals before a code is a command: the machine must know it."""
    lists = vars(files.words.commands).values() if files.words else ()
    commands = {phrase.casefold() for phrases in lists for phrase in phrases}
    named = [word for word in _NAMED_COMMAND.findall(template) if word.isupper()]
    return [f": there is no command {word!r}" for word in named if word.casefold() not in commands]


def _too_long(files: RegionFiles, template: str) -> list[str]:
    fields = longest_fields(files)
    filled = template.format_map(fields)
    room, length = sms.limit(filled), sms.length(filled)
    if length <= room:
        return []
    why = f": {length} characters once filled in, and one SMS holds {room}"
    if room < 160:
        outside = "".join(sorted({character for character in filled if character not in sms.GSM7_ALL}))
        why += f" because of {outside!r}"
    if "{agency}" in template:
        why += f"; shorten it, or give {fields['agency']!r} a short_name in agencies.csv"
    return [why]


def longest_fields(files: RegionFiles) -> dict[str, str]:
    """The longest value of each placeholder that the region has."""
    words, government = files.words, files.government
    names = [
        min(agency.short_name or agency.name, agency.name, key=sms.length) for agency in files.agencies.of.values()
    ]
    fields = {"code": _CODE, "text": _LONGEST_NUMBER, "reason": "x" * LONGEST_REASON}
    fields |= {"agency": max(names, key=sms.length, default="")}
    if words is not None:
        commands = [phrase for phrases in vars(words.commands).values() for phrase in phrases]
        date = words.dates.longest()
        closure = max(words.closures.values(), key=sms.length, default="")
        fields |= {"closure": closure, "due": date, "date": date, "command": max(commands, key=sms.length).upper()}
    if government is not None:
        region = government.name.get("id") or next(iter(government.name.values()), "")
        fields |= {"link": (government.follow_url or "") + "x" * TOKEN_LENGTH}
        fields |= {"numbers": ", ".join(government.emergency)}
        fields |= {"prefix": government.sms.prefix, "contact": government.contact, "region": region}
    return defaultdict(str, fields)


def _check_phrases(files: RegionFiles) -> None:
    """A phrase has one meaning: two would make what a message asks for a matter of order."""
    words = files.words
    if words is None:
        return
    lists: dict[tuple[str, ...], tuple[str, ...]] = {
        ("commands", name): phrases for name, phrases in vars(words.commands).items()
    }
    lists |= {(name,): getattr(words, name) for name in ("fillers", "greetings", "thanks")}
    seen: dict[str, str] = {}
    for where, phrases in lists.items():
        for n, phrase in enumerate(phrases):
            other = seen.setdefault(phrase.casefold(), where[-1])
            if other != where[-1]:
                files.speech.fault(files.speech.line(*where, n), f"{phrase!r} already stands in {other!r}")
