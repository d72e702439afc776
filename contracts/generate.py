"""Writes what is generated from the models: JSON Schemas and the AsyncAPI document (`python -m contracts.generate`)."""

import json
from pathlib import Path
from typing import get_args

from contracts.events import ATTRIBUTES, AnyEvent, Event
from contracts.topics import TOPICS, Topic, parked

HERE = Path(__file__).parent
MODELS: dict[str, type[Event]] = {kind.model_fields["type"].default: kind for kind in get_args(get_args(AnyEvent)[0])}


def files() -> dict[Path, str]:
    """Every generated file with its content; a test compares them with what is committed."""
    schemas = {HERE / "schemas" / f"{name}.json": _text(_schema(model)) for name, model in MODELS.items()}
    return {**schemas, HERE / "asyncapi.json": _text(_asyncapi())}


def main() -> None:
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def _schema(model: type[Event]) -> dict[str, object]:
    """The JSON body of an event: the attributes travel in headers, so they are not part of it."""
    schema = model.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"] = {name: field for name, field in schema["properties"].items() if name not in ATTRIBUTES}
    schema["required"] = [name for name in schema.get("required", []) if name not in ATTRIBUTES]
    return schema


def _asyncapi() -> dict[str, object]:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Pendapa events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in binary mode: attributes in `ce_` headers, data as the JSON value.",
            "license": {"name": "AGPL-3.0-or-later"},
        },
        "defaultContentType": "application/json",
        "channels": {**{t.name: _channel(t) for t in TOPICS}, **{parked(t.name): _parked(t) for t in TOPICS}},
        "operations": {name: operation for topic in TOPICS for name, operation in _operations(topic).items()},
        "components": {
            "messages": {name: _message(name, model) for name, model in MODELS.items()},
            "schemas": {"attributes": _ATTRIBUTES},
        },
    }


def _channel(topic: Topic) -> dict[str, object]:
    return {
        "address": topic.name,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in topic.events},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {"retention.ms": topic.retention_days * 86_400_000},
            }
        },
    }


def _parked(topic: Topic) -> dict[str, object]:
    return {
        "address": parked(topic.name),
        "description": f"Records of `{topic.name}` that nobody could read: their own bytes and headers, "
        "with where they stood and why in `pendapa_topic`, `_partition`, `_offset` and `_reason`.",
        "bindings": {"kafka": {"partitions": 1, "topicConfiguration": {"retention.ms": -1}}},
    }


def _operations(topic: Topic) -> dict[str, object]:
    channel, parked_channel = ({"$ref": f"#/channels/{name}"} for name in (topic.name, parked(topic.name)))
    receiving = {f"{name}-reads-{topic.name}": {"action": "receive", "channel": channel} for name in topic.consumers}
    parking = {f"{name}-parks-{topic.name}": {"action": "send", "channel": parked_channel} for name in topic.consumers}
    return {f"{topic.producer}-sends-{topic.name}": {"action": "send", "channel": channel}, **receiving, **parking}


def _message(name: str, model: type[Event]) -> dict[str, object]:
    return {
        "name": name,
        "summary": (model.__doc__ or "").split("\n")[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/attributes"},
        "payload": {
            "schemaFormat": "application/schema+json;version=2020-12",
            "schema": {"$ref": f"./schemas/{name}.json"},
        },
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid", "description": "the report's id"}}},
        "examples": [{"payload": json.loads((HERE / "examples" / f"{name}.json").read_text())["data"]}],
    }


_ATTRIBUTES: dict[str, object] = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid"},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string", "format": "uri-reference"},
        "ce_subject": {"type": "string", "format": "uuid"},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"const": "application/json"},
        "ce_seq": {
            "type": "string",
            "pattern": "^[1-9][0-9]*$",
            "description": "the number of the event among those that its producer sent about the report, over all "
            "its topics; the first version sent none",
        },
        "ce_after": {
            "type": "string",
            "format": "uuid",
            "description": "the id of the event with the number before; left out for the first, and where the producer "
            "no longer keeps the one before",
        },
    },
}


def _text(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
