"""Records that nobody can read, and what is told of them; and every route, asked by its example."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlencode

from chalicelib.core import dependencies, system_api, tables
from chalicelib.core.auth import Citizen, Staff
from chalicelib.core.ids import new_id
from tests.appointments.world import new_slot
from tests.support.client import Answer
from tests.support.people import id_number
from tests.support.signing import Unsigned

HALL = "hall-330200"
SERVICE = "id-card-renewal"


@contextmanager
def poison(table: str, keys: tuple[str, str], **more: str | int) -> Iterator[None]:
    """Keep a record with nothing in it but what puts it on a list."""
    dynamodb: Any = tables.client()
    key = {"pk": {"S": keys[0]}, "sk": {"S": keys[1]}}
    rest = {n: {"S": v} if isinstance(v, str) else {"N": str(v)} for n, v in more.items()}
    dynamodb.put_item(TableName=table, Item={**key, **rest})
    try:
        yield
    finally:
        dynamodb.delete_item(TableName=table, Key=key)


def set_aside(lines: list[dict[str, Any]], function: str) -> list[str]:
    metrics = [line for line in lines if "failed" in line and line["function"] == function]
    named = [line["item"] for line in lines if line.get("item") and line["function"] == function]
    assert sum(line["failed"] for line in metrics) == len(named)
    for line in metrics:
        [told] = line["_aws"]["CloudWatchMetrics"]
        assert told["Namespace"] == "OneTrip"
        assert all(name in line for name in told["Dimensions"][0])
    return named


def tokens(me: str) -> dict[str, str | None]:
    now, issue = dependencies.clock().now(), dependencies.tokens().issue
    roles = frozenset({"clerk", "supervisor", "auditor", "admin"})
    return {
        "citizen": issue(Citizen(me, me, "real_name"), now),
        "logged_in": issue(Citizen(me, me, "real_name"), now),
        "staff": issue(Staff(new_id(8), roles, frozenset({HALL})), now),
        "public": None,
        "signature": None,
    }


def known(me: str) -> dict[str, Any]:
    """Return what stands for a document's examples: what could be this citizen's, and what is."""
    ids = {
        name: me + new_id(8)
        for name in ("case_id", "appointment_id", "payment_id", "certificate_id")
    }
    return ids | {
        "delivery_id": me + new_id(12),
        "enquiry_id": me + new_id(12),
        "entry_id": me + new_id(12),
        "office_id": HALL,
        "office_ids": [HALL],
        "service_id": SERVICE,
        "slot_id": new_slot(1),
        "name": "bookings",
        "platform": "demo",
        "provider": "stripe",
        # Far from where other tests send parcels.
        "endpoint": "https://8.8.8.8/onetrip",
        "division_codes": ["46"],
        "id_number": id_number(),
    }


@cache
def documented() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(system_api.document())["paths"]
    return found


def ask(route: tuple[str, str], token: str | None, given: dict[str, Any]) -> Answer:
    """Send the example that the OpenAPI document gives of a route's request."""
    method, path = route
    shown = documented().get(path, {}).get(method.lower(), {})
    asked = {
        where: {
            one["name"]: given.get(one["name"], one.get("example"))
            for one in shown.get("parameters", ())
            if one["in"] == where and one.get("required")
        }
        for where in ("path", "query")
    }
    content = shown.get("requestBody", {"content": {}})["content"].get("application/json", {})
    example = dict(content.get("example", {}))
    # A room's own names, as a family member's, stay.
    example |= {name: given[name] for name in example.keys() & given.keys() - {"name"}}
    body = json.dumps(example).encode() if method in ("POST", "PUT", "PATCH") else b""
    target = f"{path.format(**asked['path'])}?{urlencode(asked['query'])}"
    # A call is looked at as it is: what it would have to be signed with is another's answer.
    return Unsigned().send(method, target, body, token, {"Idempotency-Key": new_id(16)})
