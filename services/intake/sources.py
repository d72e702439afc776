"""Whose source it is: a source and its ids belong to the key that used them, so that no key reaches another's reports.

Officials' sources are stored as `api/NAME`, those of any other key as `key/HOLDER/NAME`. Versions before this stored
both as `api/NAME`; the column `official` tells whose such a report is.
"""

FILING = "filing"
"""The holder of the one filing key that an installation begins with."""


def stored(name: str, *, official: bool, holder: str = FILING) -> str:
    """What the column `source` holds of a source that a key names.

    >>> stored("kota", official=True), stored("kota", official=False, holder="peta")
    ('api/kota', 'key/peta/kota')
    """
    return f"api/{name}" if official else f"key/{holder}/{name}"


def of_before(source: str) -> str | None:
    """What versions before this stored for a source of the filing key; null of all others.

    >>> of_before("key/filing/kota"), of_before("key/peta/kota"), of_before("kannel/xl")
    ('api/kota', None, None)
    """
    begin = f"key/{FILING}/"
    return f"api/{source.removeprefix(begin)}" if source.startswith(begin) else None


def beside(source: str) -> str:
    """Where an official's source is stored if a version before this stored a filing key's report under its name."""
    return f"key/official/{source.removeprefix('api/')}"
