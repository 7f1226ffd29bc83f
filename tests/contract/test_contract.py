"""What `/openapi.json` says to whoever writes a program: complete, explained, with examples that hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api.schemas.contract import explanations
from tests.desk.office import Office

EXPLAINED = {"customer", "suggestions"}  # other programs use these most: every answer has an example


@pytest.fixture
def contract(office: Office) -> dict[str, Any]:
    answer = office.client.get("/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def operations(contract: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, calls in contract["paths"].items():
        for method, call in calls.items():
            yield f"{method.upper()} {path}", call


def schemas_of(content: dict[str, Any]) -> Iterator[str]:
    schema = content.get("application/json", {}).get("schema", {})
    for choice in (schema, *schema.get("anyOf", ())):
        if "$ref" in choice:
            yield choice["$ref"].rpartition("/")[2]


def test_every_example_is_what_its_schema_describes(contract: dict[str, Any]) -> None:
    registry = Registry().with_resource("contract", Resource.from_contents(contract, default_specification=DRAFT202012))
    examples = explanations()["examples"]
    assert set(examples) <= set(contract["components"]["schemas"])
    wrong = {}
    for name in examples:
        reference = {"$ref": f"contract#/components/schemas/{name}"}
        validator = Draft202012Validator(reference, registry=registry, format_checker=FormatChecker())
        for example in contract["components"]["schemas"][name]["examples"]:
            if problems := [problem.message for problem in validator.iter_errors(example)]:
                wrong[name] = problems
            known = contract["components"]["schemas"][name].get("properties", {})
            if unknown := set(example) - set(known):  # a misspelt optional field would validate
                wrong[name] = sorted(unknown)
    assert wrong == {}


def test_every_body_that_a_call_takes_has_an_example(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    without = [
        f"{call} {name}"
        for call, operation in operations(contract)
        for name in schemas_of(operation.get("requestBody", {}).get("content", {}))
        if not schemas[name].get("examples")
    ]
    assert without == []


def test_every_answer_to_customers_and_about_suggestions_has_an_example(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    without = {
        name
        for _, operation in operations(contract)
        if EXPLAINED & set(operation["tags"])
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for name in schemas_of(answer.get("content", {}))
        if not schemas[name].get("examples")
    }
    assert without == set()


def test_every_call_has_a_name_a_group_and_explained_parameters(contract: dict[str, Any]) -> None:
    groups = [tag["name"] for tag in contract["tags"]]
    assert groups == list(explanations()["groups"])
    used = set()
    for name, operation in operations(contract):
        assert operation["summary"], name
        assert operation["description"], name
        [group] = operation["tags"]
        used.add(group)
        assert all(parameter["description"] for parameter in operation.get("parameters", ())), name
    assert used == set(groups)


def test_every_refusal_has_the_one_shape(contract: dict[str, Any]) -> None:
    for name, operation in operations(contract):
        for status, answer in operation["responses"].items():
            if status[0] in "45":
                assert [*schemas_of(answer["content"])] in (["ErrorBody"], []), f"{name} {status}"
    body = contract["components"]["schemas"]["ErrorBody"]
    assert body["properties"]["error"]["$ref"].endswith("/ErrorOut")
    assert {"code", "message"} <= set(contract["components"]["schemas"]["ErrorOut"]["required"])


def test_the_page_of_calls_shows_the_examples_in_the_order_of_the_groups(office: Office) -> None:
    page = office.client.get("/docs").text
    places = [page.index(f"<h2>{group}</h2>") for group in explanations()["groups"]]
    assert places == sorted(places)
    assert "My parcel has not come" in page
