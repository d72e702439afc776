"""Finds e-mail addresses in a text, also when spelled to hide from programs: "budi [at] contoh [dot] example"."""

import re

from services.routing.reading.plates import UNSEEN

EMAIL = "[email]"

_AT = r"(?:[@＠﹫]|\s{0,2}[(\[{]\s?(?:at|@)\s?[)\]}]\s{0,2})"
_DOT = r"(?:\.|\s{0,2}[(\[{]\s?(?:dot|titik)\s?[)\]}]\s{0,2})"
_LABEL = rf"[\w\-{UNSEEN}]{{1,63}}"
_LOCAL = rf"[\w.+%\-{UNSEEN}]"
# `++`, from its first character only: a long name that no @ follows is read once.
_EMAIL = re.compile(rf"(?i)(?<!{_LOCAL}){_LOCAL}++{_AT}{_LABEL}(?:{_DOT}{_LABEL}){{1,8}}")
_ANY_AT = re.compile(r"(?i)[@＠﹫]|[(\[{]\s?at\s?[)\]}]")


def mask_emails(text: str) -> str:
    """`text` with `[email]` for each address.

    >>> mask_emails("surel tini@contoh.example, budi [at] contoh [dot] example")
    'surel [email], [email]'
    """
    return _EMAIL.sub(EMAIL, text) if _ANY_AT.search(text) else text
