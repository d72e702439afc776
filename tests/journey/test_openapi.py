"""The merged OpenAPI document describes every operation completely."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journey.system import System, running

Json = dict[str, Any]

SERVED = (
    ("get", "/log/checkpoint"),
    ("get", "/log/key"),
    ("get", "/log/tile/{path}"),
    ("get", "/v1/reports/{id}/proof"),
    ("get", "/v1/datasets"),
    ("get", "/v1/datasets/{id}/releases"),
    ("post", "/v1/datasets/{id}/releases"),
    ("get", "/v1/datasets/{id}/releases/{number}"),
    ("get", "/v1/datasets/{id}/releases/{number}/{file}"),
    ("post", "/v1/reports"),
    ("get", "/v1/reports"),
    ("get", "/v1/changes"),
    ("post", "/open311/v2/requests.{format}"),
    ("get", "/open311/v2/requests.{format}"),
    ("get", "/agency/v1/reports"),
    ("get", "/channels/kannel"),
)


@pytest.fixture(scope="module")
def document() -> Iterator[Json]:
    with running("embedded") as system:
        yield described(system)


def described(system: System) -> Json:
    answer: Json = system.http.get("/openapi.json").raise_for_status().json()
    return answer


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, item in document["paths"].items():
        for method in item.keys() - {"parameters", "summary", "description"}:
            yield f"{method} {path}", item[method]


def refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(ref := part.get("$ref"), str):
            yield ref
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from refs(each)


def test_it_is_openapi_3_1_and_has_every_face(document: Json) -> None:
    assert document["openapi"].startswith("3.1.")
    missing = [(method, path) for method, path in SERVED if method not in document["paths"].get(path, {})]
    assert not missing


def test_no_reference_in_it_dangles(document: Json) -> None:
    for ref in set(refs(document)):
        part: Any = document
        for step in ref.removeprefix("#/").split("/"):
            assert step in part, ref
            part = part[step]


def test_every_operation_has_a_name_of_its_own_and_one_of_the_documents_tags(document: Json) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))
    tags = {tag["name"] for tag in document["tags"]}
    for name, operation in operations(document):
        assert set(operation["tags"]) <= tags, name


def test_every_operation_describes_its_answers_and_its_errors_in_its_own_faces_shape(document: Json) -> None:
    for name, operation in operations(document):
        answers = operation["responses"]
        assert any(status.startswith("2") for status in answers), name
        for status, answer in answers.items():
            assert answer["description"], (name, status)
            if status.startswith(("4", "5")):
                shapes = {"application/json", "text/xml"} if "/open311" in name else {"application/problem+json"}
                assert answer["content"].keys() == shapes, (name, status)


def test_every_operation_that_can_refuse_says_so(document: Json) -> None:
    for name, operation in operations(document):
        statuses = set(operation["responses"])
        path_parameters = [
            each for each in operation.get("parameters", []) if each["in"] == "path" and each["name"] != "format"
        ]
        if path_parameters:
            assert "404" in statuses, name
        if operation.get("security"):
            assert statuses >= ({"403"} if "/open311" in name else {"401", "403"}), name
        if "requestBody" in operation:
            assert statuses & {"400", "422"}, name


def test_it_describes_what_is_sent_to_an_agencys_webhook(document: Json) -> None:
    callback = document["paths"]["/agency/v1/webhook"]["put"]["callbacks"]["receive_agency_event"]
    reference = callback["{$request.body#/url}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    event = document["components"]["schemas"][reference["$ref"].rpartition("/")[2]]
    assert {"id", "cursor", "type", "timestamp", "data"} == event["properties"].keys()
    assert "report.disposed" in event["properties"]["type"]["enum"]


def test_every_key_that_an_operation_asks_for_is_described(document: Json) -> None:
    schemes = document["components"]["securitySchemes"]
    for name, operation in operations(document):
        for requirement in operation.get("security", []):
            assert requirement.keys() <= schemes.keys(), name


def schemas(where: str, part: Any) -> Iterator[tuple[str, Json]]:
    """Every schema under a part of the document, with the members that lead to it."""
    if isinstance(part, list):
        for number, each in enumerate(part):
            yield from schemas(f"{where}[{number}]", each)
    elif isinstance(part, dict):
        if part.keys() & {"type", "$ref", "anyOf"} and part.get("type") not in ("http", "apiKey"):
            yield where, part
        for name, each in part.items():
            if name not in ("example", "examples", "enum"):
                yield from schemas(f"{where}.{name}", each)


def described_by(document: Json, schema: Json) -> str:
    """What a schema, or the one that it names, says of itself."""
    named = next((each["$ref"] for each in (schema, *schema.get("anyOf", [])) if "$ref" in each), "")
    target = document["components"]["schemas"].get(named.rpartition("/")[2], {})
    return str(schema.get("description") or target.get("description", ""))


def test_every_member_parameter_answer_and_operation_is_described(document: Json) -> None:
    """A member is described by `Field(description=…)`, a docstring under it, or in publish its field's `says`."""
    lacking = [
        f"{name}.{member}"
        for name, schema in document["components"]["schemas"].items()
        for member, each in schema.get("properties", {}).items()
        if not described_by(document, each)
    ]
    lacking += [name for name, schema in document["components"]["schemas"].items() if not schema.get("description")]
    for name, operation in operations(document):
        lacking += [name] if not (operation.get("summary") and operation.get("description")) else []
        lacking += [
            f"{name} ?{each['name']}" for each in operation.get("parameters", []) if not each.get("description")
        ]
        lacking += [f"{name} {status}" for status, each in operation["responses"].items() if not each["description"]]
    assert not lacking


def test_every_parameter_has_one_type_and_an_example(document: Json) -> None:
    for name, operation in operations(document):
        for parameter in operation.get("parameters", []):
            schema = parameter["schema"]
            assert isinstance(schema["type"], str), (name, parameter["name"])
            assert "" not in schema.get("enum", []), (name, parameter["name"])
            if parameter["in"] == "path" or (schema["type"] == "string" and "enum" not in schema):
                assert "example" in parameter, (name, parameter["name"])


def test_it_has_nothing_that_generators_of_clients_misread(document: Json) -> None:
    forbidden = {"allOf", "oneOf", "not", "if", "dependentRequired", "const", "$defs"}
    sent = {name for _, operation in operations(document) for name in refs(operation.get("requestBody", {}))}
    for where, schema in schemas("", {"paths": document["paths"], **document["components"]["schemas"]}):
        assert not schema.keys() & forbidden, where
        choices = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
        assert len(choices) <= 1, where
        if schema.get("type") == "array":
            assert schema.get("items"), where
    for name in sent:
        properties = document["components"]["schemas"][name.rpartition("/")[2]]["properties"]
        assert not [member for member, each in properties.items() if "default" in each], name
    assert "webhooks" not in document


def test_every_problem_has_one_schema(document: Json) -> None:
    problems = [
        answer["content"]["application/problem+json"]["schema"]
        for _, operation in operations(document)
        for answer in operation["responses"].values()
        if "application/problem+json" in answer.get("content", {})
    ]
    assert problems
    assert all(each == {"$ref": "#/components/schemas/Problem"} for each in problems)


def test_operations_have_names_that_a_person_would_choose(document: Json) -> None:
    names = {operation["operationId"] for _, operation in operations(document)}
    assert {"fileReport", "listReports", "getReport", "acknowledgeReport", "respondToReport", "listEvents"} <= names
    assert not [name for name in names if not name.isalnum() or not name[0].islower()]
