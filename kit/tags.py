"""Entity tags (RFC 9110, section 8.8.3) and the conditions on them."""

import re
from typing import Final

_TAGS: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_LONGEST: Final = 4096


def holds(if_none_match: str, tag: str) -> bool:
    """Whether the caller of `If-None-Match` has what `tag` names; compared weakly, as RFC 9110 wants it there.

    >>> holds('W/"a", "b"', '"a"'), holds('*', '"a"'), holds('"b,a"', '"a"')
    (True, True, False)
    """
    return if_none_match.strip() == "*" or opaque(tag) in map(opaque, listed(if_none_match))


def listed(header: str) -> list[str]:
    """The tags of a list; of a header longer than 4,096 characters those that stand before.

    >>> listed('"a", W/"b,c"')
    ['"a"', 'W/"b,c"']
    """
    return _TAGS.findall(header[:_LONGEST])


def opaque(tag: str) -> str:
    """The tag without the mark of a weak one."""
    return tag.removeprefix("W/")


def weak(tag: str) -> str:
    """The tag of the same content in another coding.

    >>> weak('"a"'), weak('W/"a"')
    ('W/"a"', 'W/"a"')
    """
    return f"W/{opaque(tag)}"
