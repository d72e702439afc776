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
    reference = document["webhooks"]["agency-event"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    event = document["components"]["schemas"][reference["$ref"].rpartition("/")[2]]
    assert {"id", "cursor", "type", "timestamp", "data"} == event["properties"].keys()
    assert "report.disposed" in event["properties"]["type"]["enum"]


def test_every_key_that_an_operation_asks_for_is_described(document: Json) -> None:
    schemes = document["components"]["securitySchemes"]
    for name, operation in operations(document):
        for requirement in operation.get("security", []):
            assert requirement.keys() <= schemes.keys(), name
