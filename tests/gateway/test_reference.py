"""The reference of the API: what its pages show of the document, and its examples in three languages."""

import json
import re
import shlex
from typing import Any

import pytest
from starlette.testclient import TestClient

from gateway.pages.examples import ExampleRequest, written
from gateway.pages.readable import make_readable
from gateway.pages.reference import groups
from tests.gateway.test_pages import client as client  # the fixture

FILING = ExampleRequest("POST", "http://x/v1/reports?a=1&b=2", keyed=True, body={"text": "Jalan 'rusak' \"parah\""})


def test_an_example_sends_the_same_body_in_each_language() -> None:
    curl, python, javascript = (each.code for each in written(FILING))
    words = shlex.split(curl)
    assert words[words.index("-d") + 1] == json.dumps(FILING.body)
    assert repr(json.dumps(FILING.body)) in python
    assert json.dumps(json.dumps(FILING.body)) in javascript
    compile(python, "example", "exec")


def test_no_example_has_a_key() -> None:
    for each in written(FILING):
        assert re.search(r"Bearer .{0,30}KEY", each.code), each.code


def document(schema: dict[str, Any], sent: bool = False) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    operation = {
        "operationId": "doThing",
        "summary": "Do Thing",
        "tags": ["reports"],
        "security": [],
        "responses": {"200": {"description": "Successful Response", **body}},
        **({"requestBody": body} if sent else {}),
    }
    schemas = {"Thing": {"type": "object", "description": "A thing.", "properties": {"member": schema}}}
    paths: dict[str, Any] = {"/v1/thing": {"post": operation}}
    make_readable(paths, schemas)
    tags = [{"name": "reports", "description": "Reports."}]
    return {"paths": paths, "components": {"schemas": schemas}, "tags": tags}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "title": "T"}, {"type": ["string", "null"]}),
        ({"type": "integer"}, {"type": "integer", "format": "int64"}),
        ({"type": "integer", "maximum": 9.0}, {"type": "integer", "maximum": 9, "format": "int32"}),
        ({"type": "number"}, {"type": "number", "format": "double"}),
        ({"const": "a", "type": "string"}, {"enum": ["a"], "type": "string"}),
    ],
)
def test_a_schema_is_written_as_generators_read_it(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert document(before)["components"]["schemas"]["Thing"]["properties"]["member"] == after


def test_a_default_of_what_is_sent_is_said_in_words() -> None:
    member = {"type": "boolean", "default": False, "description": "Whether."}
    sent = document(dict(member), sent=True)["components"]["schemas"]["Thing"]["properties"]["member"]
    assert sent == {"type": "boolean", "description": "Whether. Without it: false."}
    assert document(dict(member))["components"]["schemas"]["Thing"]["properties"]["member"] == member


def test_a_group_has_its_operations_and_their_shapes() -> None:
    [group] = groups(document({"type": "string", "enum": [str(number) for number in range(40)]}), "http://x", {})
    [operation] = group.operations
    assert (operation.summary, operation.answers[0].description) == ("Do thing", "A thing.")
    assert [shape.name for shape in group.shapes] == ["Thing"]
    assert group.shapes[0].members[0].values.endswith(" … and 28 more")


def test_every_link_of_the_reference_leads_somewhere(client: TestClient) -> None:
    start = client.get("/docs").text
    pages = {path: client.get(path).text for path in re.findall(r'href="(/docs/[a-z0-9]+)"', start)}
    assert len(pages) == 6
    for path, fragment in re.findall(r'href="(/docs/[a-z0-9]+)#([^"]+)"', start):
        assert f'id="{fragment}"' in pages[path]
    for text in pages.values():
        for fragment in re.findall(r'href="#([^"]+)"', text):
            assert f'id="{fragment}"' in text


def test_the_reference_has_no_script_and_no_page_of_an_unknown_group(client: TestClient) -> None:
    page = client.get("/docs/reports")
    assert "<script" not in page.text
    assert "unsafe" not in page.headers["content-security-policy"]
    assert client.get("/docs/nothing").status_code == 404
