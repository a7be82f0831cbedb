"""Which role may do what on which table, read from the templates."""

import json
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

import pytest

from chalicelib.core.tables import Table
from functions import manifest
from infra import iam
from tests.infra.conftest import Templates

READ = frozenset(
    f"dynamodb:{name}" for name in ("BatchGetItem", "ConditionCheckItem", "GetItem", "Query")
)
WRITE = READ | {
    f"dynamodb:{name}" for name in ("BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem")
}
STREAM = frozenset(
    f"dynamodb:{name}" for name in ("DescribeStream", "GetRecords", "GetShardIterator")
)
API = {"api", "staff"}
# The whole truth of who may touch which table; the API serves every room.
TABLES: dict[str, dict[str, frozenset[str]]] = {
    "follow_up": {
        "bills": WRITE,
        "appointments": WRITE,
        "cases": WRITE,
        "catalogue": READ,
        "certificates": WRITE,
        "deliveries": WRITE,
        "enquiries": WRITE,
        "identity": WRITE,
        "payments": WRITE,
        "registers": WRITE,
        "subscribers": READ,
        "supervision": WRITE,
        "keys": READ,
    },
    "compare_books": {
        "bills": WRITE,
        "catalogue": READ,
        "identity": READ,
        "payments": WRITE,
        "supervision": WRITE,
    },
    "generate_slots": {"appointments": WRITE, "catalogue": READ},
    "hold_draws": {
        "appointments": WRITE,
        "catalogue": READ,
        "identity": READ,
        "supervision": WRITE,
    },
    "publish_datasets": {
        "appointments": READ,
        "cases": READ,
        "catalogue": READ,
        "enquiries": READ,
    },
    "anchor_heads": {"anchors": WRITE},
    "export_events": {},
    "publish_events": {"anchors": WRITE},
    "reconcile_payments": {
        "bills": WRITE,
        "appointments": WRITE,
        "catalogue": READ,
        "identity": READ,
        "payments": WRITE,
    },
    "reconcile_events": {
        "bills": WRITE,
        "appointments": WRITE,
        "cases": WRITE,
        "catalogue": READ,
        "certificates": WRITE,
        "deliveries": WRITE,
        "enquiries": WRITE,
        "identity": READ,
        "mandates": READ,
        "notifications": WRITE,
        "payments": WRITE,
        "subscribers": WRITE,
        "supervision": WRITE,
        "keys": READ,
    },
    "release_expired": {"appointments": WRITE, "catalogue": READ},
    "review_organisations": {"identity": READ, "mandates": WRITE, "keys": READ},
    "send_courier_messages": {"deliveries": WRITE, "identity": READ, "keys": READ},
    "send_issuer_messages": {"bills": WRITE},
    "send_subscriber_messages": {"identity": WRITE, "subscribers": WRITE, "keys": READ},
    "send_notifications": {
        "appointments": READ,
        "bills": READ,
        "cases": READ,
        "catalogue": READ,
        "identity": READ,
        "mandates": READ,
        "notifications": WRITE,
        "keys": READ,
    },
    "send_reminders": {
        "appointments": READ,
        "cases": READ,
        "catalogue": READ,
        "identity": READ,
        "notifications": WRITE,
        "keys": READ,
    },
    "follow_notices": {
        "appointments": READ,
        "bills": READ,
        "cases": READ,
        "catalogue": READ,
        "identity": READ,
        "mandates": READ,
        "notifications": WRITE,
        "keys": READ,
    },
    "suggest": {
        "cases": READ,
        "catalogue": READ,
        "certificates": READ,
        "identity": READ,
        "notifications": WRITE,
        "keys": READ,
    },
    "remind_certificates": {"certificates": WRITE},
    "seal_documents": {"certificates": WRITE, "identity": READ, "keys": READ},
    "watch_deadlines": {"cases": WRITE, "catalogue": READ, "supervision": WRITE},
    "watch_enquiries": {
        "catalogue": READ,
        "enquiries": WRITE,
        "identity": READ,
        "supervision": WRITE,
        "keys": READ,
    },
    "watch_deliveries": {"catalogue": READ, "deliveries": WRITE},
}


def statements(templates: Templates) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each role's statements with the name of its function."""
    roles = templates.resources("AWS::IAM::Role")
    names = {role: role for role in roles}
    for function in templates.resources("AWS::Lambda::Function").values():
        role = function["Properties"]["Role"]["Fn::GetAtt"][0]
        name = function["Properties"]["FunctionName"].removeprefix(f"onetrip-{templates.stage}-")
        names[role] = name.replace("-", "_")
    for role in roles:
        for policy in roles[role]["Properties"].get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield names[role], statement
    for policy in templates.resources("AWS::IAM::Policy").values():
        for attached in policy["Properties"]["Roles"]:
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                yield names[attached["Ref"]], statement


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_each_role_touches_its_tables_only(templates: Templates, engine: object) -> None:
    found: dict[str, dict[str, set[str]]] = {name: defaultdict(set) for name in TABLES}
    found |= {name: defaultdict(set) for name in API}
    prefix = f"onetrip-{templates.stage}-"
    for name, statement in statements(templates):
        actions = {a for a in listed(statement["Action"]) if a.startswith("dynamodb:")}
        if not actions or actions <= STREAM | {"dynamodb:ListStreams"}:
            continue
        assert statement["Effect"] == "Allow"
        for resource in listed(statement["Resource"]):
            last = resource["Fn::Join"][1][-1]
            table = last.split(":table/")[1].removeprefix(prefix).removesuffix("/index/*")
            found[name][table] |= actions
    every = {**dict.fromkeys(Table.registry, WRITE), "tombstones": READ | {"dynamodb:PutItem"}}
    wanted = {**TABLES, **dict.fromkeys(API, every)}
    assert {n: {t: frozenset(a) for t, a in ts.items()} for n, ts in found.items()} == wanted


def test_nothing_may_be_done_everywhere(templates: Templates) -> None:
    # These know no single resource; they tell names, or write traces.
    everywhere = {
        "dynamodb:ListStreams",
        "ses:GetMessageInsights",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
    for name, statement in statements(templates):
        for action in listed(statement["Action"]):
            service, _, verb = action.partition(":")
            assert "*" not in service, name
            assert not verb.startswith("*"), name
            if "*" in listed(statement["Resource"]):
                assert action in everywhere, (name, action)


def test_the_key_of_data_is_used_where_a_service_asks_by_either_of_its_names(
    templates: Templates,
) -> None:
    asked = set()
    for _name, statement in statements(templates):
        if "DataKey" in json.dumps(statement["Resource"]):
            via = statement["Condition"]["StringLike"]["kms:ViaService"]["Fn::Join"][1]
            pattern = "".join("cn-north-1" if isinstance(part, dict) else part for part in via)
            service = pattern.partition(".")[0]
            for suffix in ("amazonaws.com", "amazonaws.com.cn"):
                assert fnmatch(f"{service}.cn-north-1.{suffix}", pattern)
            asked.add(service)
    assert asked == {"dynamodb", "s3", "secretsmanager"}


def test_only_who_needs_it_opens_personal_data(templates: Templates) -> None:
    opens = set()
    for name, statement in statements(templates):
        if "PersonalKey" in json.dumps(statement["Resource"]):
            assert set(listed(statement["Action"])) == {"kms:Decrypt", "kms:Encrypt"}
            opens.add(name)
    wanted = {name for name, granted in iam.PERMISSIONS.items() if granted.personal}
    assert opens == wanted | API
    # A wrapped key is of use to nobody else, and made by the API alone.
    reads = {name for name, granted in iam.PERMISSIONS.items() if "keys" in granted.reads}
    assert reads < wanted
    assert not [name for name, granted in iam.PERMISSIONS.items() if "keys" in granted.writes]


def test_one_function_signs_with_the_audit_key_and_the_api_reads_its_public_half(
    templates: Templates,
) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for name, statement in statements(templates):
        text = json.dumps(statement["Resource"])
        if "AuditKey" in text or "/anchors/" in text:
            found[name] |= set(listed(statement["Action"]))
    puts = {"s3:GetObject", "s3:PutObject", "s3:PutObjectRetention"}
    assert found == {
        "anchor_heads": {"kms:GetPublicKey", "kms:Sign"} | puts,
        **{name: {"kms:GetPublicKey"} for name in API},
    }


def test_every_function_has_its_rights_written_down() -> None:
    assert set(iam.PERMISSIONS) == {function.name for function in manifest.FUNCTIONS}
    assert set(TABLES) == set(iam.PERMISSIONS)


@pytest.mark.parametrize("name", sorted(iam.PERMISSIONS))
def test_no_function_may_more_than_its_imports_reach(name: str) -> None:
    granted = iam.PERMISSIONS[name]
    assert granted.reads | granted.writes <= iam.reachable_rooms(name)
