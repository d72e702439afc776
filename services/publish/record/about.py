"""What a fact was about, kept beside its entry: by it changes are told and filtered without reading records.

A JSON object: of the report as the fact left it `category`, `agency`, `place` (a code) and `status`; in
`was` those of these four that the fact changed, as they were before. A confidential report's has no place.
"""

import orjson

from services.publish.record.facts import Record


def about(before: Record | None, record: Record) -> bytes:
    """Of the record's last step."""
    values, was = _values(record), {} if before is None else _values(before)
    changed = {name: value for name, value in was.items() if value != values[name]}
    return orjson.dumps({**values, **({"was": changed} if changed else {})})


def _values(record: Record) -> dict[str, str | None]:
    return {
        "category": record.category,
        "agency": record.word("agency"),
        "place": record.part("place", "code"),
        "status": record.status,
    }
