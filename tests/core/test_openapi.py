"""What the document says to those who write clients from it alone."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core import system_api
from chalicelib.core.http_messages import BODIED
from chalicelib.core.routes import Routes
from infra.local.engine import Engine
from tests.support.promised import validator

Json = dict[str, Any]


@pytest.fixture(scope="module")
def document(engine: Engine) -> Json:
    found: Json = json.loads(system_api.document())
    return found


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def responses(document: Json, operation: Json) -> Json:
    return {
        status: document["components"]["responses"][one["$ref"].rpartition("/")[2]]
        if "$ref" in one
        else one
        for status, one in operation["responses"].items()
    }


def check(schema: Json, example: object, where: str) -> None:
    wrong = validator(schema, formats=True).iter_errors(example)
    assert [(e.message, list(e.instance_path)) for e in wrong] == [], where


def contents(document: Json, operation: Json) -> Iterator[tuple[str, Json]]:
    if "requestBody" in operation:
        yield "request", operation["requestBody"]["content"]["application/json"]
    for status, response in responses(document, operation).items():
        for media, content in response.get("content", {}).items():
            yield f"{status} {media}", content


def test_an_operation_has_examples_and_each_follows_its_schema(document: Json) -> None:
    for name, operation in operations(document):
        examples = 0
        for where, content in contents(document, operation):
            if "json" not in where and where != "request":
                continue
            given = [content["example"]] if "example" in content else []
            for reference in content.get("examples", {}).values():
                code = reference["$ref"].rpartition("/")[2]
                given.append(document["components"]["examples"][code]["value"])
            assert given, f"{name} {where}"
            for example in given:
                check(content["schema"], example, f"{name} {where}")
            examples += not where.startswith(("4", "5"))
        for parameter in operation["parameters"]:
            if "example" in parameter:
                check(parameter["schema"], parameter["example"], name)
                examples += 1
        assert examples, name


def test_an_example_of_a_request_is_a_request(document: Json) -> None:
    for (method, path), route in Routes.declared.items():
        if method in BODIED and route.body:
            body = document["paths"][path][method.lower()]["requestBody"]
            example = body["content"]["application/json"]["example"]
            assert route.body.model_validate_json(json.dumps(example)), path


def test_fields_parameters_headers_and_models_are_described(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description") or name == "JsonValue", name
        for field, one in schema.get("properties", {}).items():
            assert one.get("description"), f"{name}.{field}"
    for name, operation in operations(document):
        assert operation["summary"], name
        for parameter in operation["parameters"]:
            assert parameter.get("description"), f"{name} {parameter['name']}"
        for response in responses(document, operation).values():
            assert response["description"], name
    assert all(one["description"] for one in document["components"]["headers"].values())


def test_headers_stand_with_what_they_are_sent_with(document: Json) -> None:
    for name, operation in operations(document):
        for status, response in responses(document, operation).items():
            headers = response["headers"].keys()
            assert {"Cache-Control", "Content-Language", "X-Request-Id"} <= headers, name
            assert ("Retry-After" in headers) == (status in ("429", "503")), name
            assert ("WWW-Authenticate" in headers) == (status == "401"), name
            assert ("Location" in headers) == (status in ("201", "303")), name
            assert ("ETag" in headers) == (status == "304" or "304" in operation["responses"]) or (
                status.startswith(("4", "5"))
            ), name


def test_names_are_for_people_and_titles_say_the_same(document: Json) -> None:
    schemas = document["components"]["schemas"]
    assert {"AppointmentStatus", "CaseStatus", "MessageState", "PaymentStatus"} <= schemas.keys()
    assert not [name for name in schemas if not re.fullmatch("[A-Z][A-Za-z0-9]*", name)]
    assert "chalicelib" not in json.dumps(document)
    assert [name for name, schema in schemas.items() if schema["title"] != name] == []


def shape(schema: object, *, named: bool = False) -> object:
    """What a schema allows, without the words; the keys of `named` are fields' names."""
    if isinstance(schema, list):
        return [shape(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    words = set() if named else {"title", "description", "examples"}
    return {
        key: shape(one, named=key == "properties" and not named)
        for key, one in schema.items()
        if key not in words
    }


def test_no_two_schemas_have_one_shape(document: Json) -> None:
    names: dict[str, list[str]] = {}
    for name, schema in document["components"]["schemas"].items():
        names.setdefault(json.dumps(shape(schema), sort_keys=True), []).append(name)
    assert [same for same in names.values() if len(same) > 1] == []


def test_what_is_paid_for_may_be_unknown(document: Json) -> None:
    assert "404" in document["paths"]["/v1/payments"]["post"]["responses"]


def test_a_list_that_goes_on_says_which_cursors_it_refuses(document: Json) -> None:
    for name, operation in operations(document):
        names = {parameter["name"] for parameter in operation["parameters"]}
        codes = responses(document, operation).get("400", {}).get("description", "")
        assert ("cursor" in names) == ("invalid_cursor" in codes), name


@pytest.mark.parametrize(
    ("operation", "status", "media"),
    [
        (("/v1/me/export", "get"), "200", "application/json"),
        (("/v1/webhooks/payments/{provider}", "post"), "200", "text/plain"),
        (("/v1/admin/couriers", "post"), "404", "application/problem+json"),
    ],
)
def test_what_only_some_calls_answer_is_documented(
    document: Json, operation: tuple[str, str], status: str, media: str
) -> None:
    path, method = operation
    assert media in responses(document, document["paths"][path][method])[status]["content"]


def test_a_renewed_pair_is_of_a_citizen_of_staff_or_of_a_device(document: Json) -> None:
    choices = document["components"]["schemas"]["Renewed"]["anyOf"]
    names = {one["$ref"].rpartition("/")[2] for one in choices}
    assert names == {"CitizenTokens", "StaffTokens", "DeviceTokens"}
