"""Writes a whole column as the text of a PostgreSQL array; the driver writes its values one by one, in Python."""

from collections.abc import Sequence

import orjson

Scalar = str | int | bool | None


def array_text(values: Sequence[Scalar]) -> str:
    r"""The `values`, none of which has a NUL, as PostgreSQL reads an array of text, of integers or of booleans.

    >>> array_text(["a, b", 'c"d', None]), array_text([1, None])
    ('{"a, b","c\\"d",NULL}', '{1,null}')
    """
    written = orjson.dumps(values)
    # JSON and an array quote alike, except that a backslash before a letter is a control character in JSON only.
    if b"\\" in written:
        return "{" + ",".join(map(_quoted, values)) + "}"
    return "{" + written[1:-1].decode() + "}"


def _quoted(value: Scalar) -> str:
    if value is None:
        return "NULL"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
