"""Phone numbers as a country writes them, brought to one form."""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from services.intake.masking import Reporter


class NotAPhoneNumber(ValueError):
    """No telephone could have this number."""


def e164(number: str, country: str) -> str:
    """The number with its country code, from any spelling of it in `country` (ISO 3166). Raises `NotAPhoneNumber`.

    >>> e164("0811 000-000", "ID")
    '+62811000000'
    """
    parsed = _parsed(number, country)
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise NotAPhoneNumber("not a telephone number")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def sender(number: str, country: str) -> str:
    """A message's sender in one form. Short numbers and words, which networks send from too, stay as they are."""
    # Kannel gives "62811…" as well as "+62811…"; both are the same handset, so the plus is tried first.
    for spelling in (number if number.startswith(("+", "0")) else f"+{number}", number):
        try:
            return e164(spelling, country)
        except NotAPhoneNumber:
            continue
    return number


def reporter(phone: str | None, email: str | None, name: str | None, country: str) -> Reporter:
    """What has to be masked in the words of a reporter whom these belong to."""
    parsed = _parsed(phone, country) if phone else None
    if parsed is None:
        digits = "".join(filter(str.isdigit, phone or ""))
        return Reporter(digits or None, "", email, name)
    national = phonenumbers.national_significant_number(parsed)
    return Reporter(national, str(parsed.country_code), email, name)


@lru_cache(maxsize=1024)  # one number is asked for several times while a report is received
def _parsed(number: str, country: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(number, country)
    except NumberParseException:
        return None
