"""The form and the answers of Open311's POST and tokens, for OpenAPI; the form is read in `open311.py`."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

_ID = "0b6f1c52-6d1e-4c39-9f0e-2b1b7a4f8a10"
_LIMIT = 500


class ServiceRequestReceipt(BaseModel):
    """The receipt of a service request."""

    service_request_id: str = Field(description="The report's id, a UUID.", examples=[_ID])
    service_notice: str | None = Field(description="Words for the reporter, with the code to ask with.")
    account_id: str | None = Field(description="Always null: there are no accounts.")
    report_code: str = Field(
        description="The short code that the reporter asks for the report with; as in service_notice.",
        examples=["K7M2P9QA"],
    )


class ServiceRequestToken(BaseModel):
    """The request that a token became."""

    service_request_id: str = Field(description="The report's id, a UUID.", examples=[_ID])
    token: str = Field(description="The token that was asked about.", examples=["K7M2P9QA"])


ANSWERS = (ServiceRequestReceipt, ServiceRequestToken)


def _text(about: str, example: str, **bounds: object) -> dict[str, Any]:
    return {"type": "string", "description": about, "examples": [example], **bounds}


def _degrees(about: str, most: int, example: float) -> dict[str, Any]:
    return {"type": "number", "description": about, "minimum": -most, "maximum": most, "examples": [example]}


_FIELDS: dict[str, Any] = {
    "description": _text(
        "What the report is about, in words.", "Jalan berlubang di depan balai desa Tapelan", maxLength=4000
    ),
    "lat": _degrees("Latitude in degrees, WGS 84; together with `long`.", 90, -7.1823),
    "long": _degrees("Longitude in degrees, WGS 84; together with `lat`.", 180, 111.9317),
    "address_string": _text("Where it is, in words. It is never published.", "Desa Tapelan, Kapas", maxLength=_LIMIT),
    "address_id": _text("The code of a place in /v1/places.", "35.22.15.2001", maxLength=_LIMIT),
    "first_name": _text("The reporter's first name; it never leaves intake.", "Budi", maxLength=_LIMIT),
    "last_name": _text("The reporter's last name; it never leaves intake.", "Contoh", maxLength=_LIMIT),
    "email": _text("The reporter's address; it never leaves intake.", "warga@example.org", maxLength=_LIMIT),
    "phone": _text("The reporter's number; it never leaves intake.", "+62811000000", maxLength=_LIMIT),
    "device_id": _text("Ignored, as residents need no accounts.", "app-1"),
    "account_id": _text("Ignored, as residents need no accounts.", "1"),
    "media_url": _text("The address of a photo.", "https://example.org/photo.jpg"),
    "jurisdiction_id": _text("This government's, as /open311/v2/discovery names it, or none.", "bojonegoro.go.id"),
    "api_key": _text(
        "The filing key, as GeoReport v2 shows it. It may also stand in the query, or in the header "
        "`Authorization: Bearer`.",
        "KEY",
    ),
}


def form(services: Sequence[str]) -> dict[str, Any]:
    """The form of a service request. `services`: the codes that may be used today."""
    code = {
        "type": "string",
        "enum": list(services),
        "description": "What the report is about: a code of /open311/v2/services.",
        "examples": list(services[:1]),
    }
    return {
        "type": "object",
        "description": "A service request. Where it is must be told: `lat` and `long`, `address_string` or "
        "`address_id`. Fields of other names are ignored, and so are empty ones.",
        "required": ["service_code"],
        "properties": {"service_code": code, **_FIELDS},
        "examples": [
            {
                "service_code": services[0] if services else "",
                "description": "Jalan berlubang di depan balai desa",
                "address_string": "Desa Tapelan, Kapas",
            }
        ],
    }
