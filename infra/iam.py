"""IAM permissions of each function: least privilege, written down once and held by a test.

A room's name stands for its table. Reading is GetItem, BatchGetItem, Query and ConditionCheckItem;
writing is that and PutItem, UpdateItem, DeleteItem. Nobody may Scan, and nobody may change a table.
A function may have no permission on a room that its use cases cannot reach by their imports.
"""

import ast
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from functions import manifest

ROOT: Final = Path(__file__).parent.parent
READS: Final = (
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:GetItem",
    "dynamodb:Query",
)
WRITES: Final = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
ALL: Final = "all"
# Whoever may write these may add to them, and take nothing back.
ADDS: Final = ("dynamodb:PutItem",)
ADDED_TO: Final = frozenset({"tombstones"})
# A key is used where a service asks in somebody's name ("kms:ViaService", AWS KMS developer guide).
# Whether it names itself in China by `amazonaws.com` or `amazonaws.com.cn` is documented nowhere;
# Amazon alone writes it.
SUFFIX_OF_SERVICES: Final = "amazonaws.*"
API: Final = "api"
STAFF: Final = "staff"
# All that are deployed, by their names in the manifest; of the API first.
DEPLOYED: Final = (API, STAFF, *(one.name for one in manifest.FUNCTIONS))


@dataclass(frozen=True, slots=True)
class Permissions:
    """The permissions of one function.

    What it `adds` to it may not take back. `personal` is the key of citizens' data, `secrets` the
    secrets, `uploads` leave to read and write uploaded files, `open_data` to write published ones,
    `mail` to send mail, `publishes` the bus, `sets_aside` its own dead letters. `audit` is to sign
    with the audit key and to write anchors, `audits` to read the key's public half. `exports` is
    to write what the province reads.
    """

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    adds: frozenset[str] = frozenset()
    personal: bool = False
    secrets: bool = False
    uploads: bool = False
    open_data: bool = False
    mail: bool = False
    publishes: bool = False
    sets_aside: bool = False
    audit: bool = False
    audits: bool = False
    exports: bool = False


PERMISSIONS: Final[Mapping[str, Permissions]] = {
    "anchor_heads": Permissions(writes=frozenset({"anchors"}), audit=True),
    "publish_events": Permissions(writes=frozenset({"anchors"}), publishes=True, sets_aside=True),
    "export_events": Permissions(exports=True),
    "generate_slots": Permissions(
        reads=frozenset({"catalogue"}),
        writes=frozenset({"appointments"}),
    ),
    "release_expired": Permissions(
        reads=frozenset({"catalogue"}),
        writes=frozenset({"appointments"}),
    ),
    "hold_draws": Permissions(
        reads=frozenset({"catalogue", "identity"}),
        writes=frozenset({"appointments", "supervision"}),
        personal=True,
        secrets=True,
    ),
    "send_notifications": Permissions(
        reads=frozenset(
            {"appointments", "bills", "cases", "catalogue", "identity", "keys", "mandates"}
        ),
        writes=frozenset({"notifications"}),
        personal=True,
        secrets=True,
        mail=True,
    ),
    "send_reminders": Permissions(
        reads=frozenset({"appointments", "cases", "catalogue", "identity", "keys"}),
        writes=frozenset({"notifications"}),
        personal=True,
        secrets=True,
        mail=True,
    ),
    "follow_notices": Permissions(
        reads=frozenset(
            {"appointments", "bills", "cases", "catalogue", "identity", "keys", "mandates"}
        ),
        writes=frozenset({"notifications"}),
        personal=True,
        secrets=True,
        mail=True,
    ),
    "reconcile_payments": Permissions(
        reads=frozenset({"catalogue", "identity"}),
        writes=frozenset({"appointments", "bills", "payments"}),
        personal=True,
        secrets=True,
    ),
    "compare_books": Permissions(
        reads=frozenset({"catalogue", "identity"}),
        writes=frozenset({"bills", "payments", "supervision"}),
        personal=True,
        secrets=True,
    ),
    "follow_up": Permissions(
        reads=frozenset({"catalogue", "keys", "subscribers"}),
        writes=frozenset(
            {
                "appointments",
                "bills",
                "cases",
                "certificates",
                "deliveries",
                "enquiries",
                # A machine that decides asks registers again, and the citizen sees it.
                "identity",
                "payments",
                "registers",
                "supervision",
            }
        ),
        personal=True,
        secrets=True,
    ),
    "reconcile_events": Permissions(
        reads=frozenset({"catalogue", "identity", "keys", "mandates"}),
        writes=frozenset(
            {
                "appointments",
                "bills",
                "cases",
                "certificates",
                "deliveries",
                "enquiries",
                "notifications",
                "payments",
                "subscribers",
                "supervision",
            }
        ),
        personal=True,
        secrets=True,
        mail=True,
    ),
    "suggest": Permissions(
        reads=frozenset({"cases", "catalogue", "certificates", "identity", "keys"}),
        writes=frozenset({"notifications"}),
        personal=True,
        secrets=True,
    ),
    "remind_certificates": Permissions(
        writes=frozenset({"certificates"}),
        personal=True,
        secrets=True,
    ),
    "seal_documents": Permissions(
        reads=frozenset({"identity", "keys"}),
        writes=frozenset({"certificates"}),
        personal=True,
        secrets=True,
    ),
    "watch_deadlines": Permissions(
        reads=frozenset({"catalogue"}),
        writes=frozenset({"cases", "supervision"}),
    ),
    "send_courier_messages": Permissions(
        reads=frozenset({"identity", "keys"}),
        writes=frozenset({"deliveries"}),
        personal=True,
        secrets=True,
    ),
    "send_issuer_messages": Permissions(
        writes=frozenset({"bills"}),
        personal=True,
        secrets=True,
    ),
    # Where a purpose was declared the person is read, and sees who was told.
    "send_subscriber_messages": Permissions(
        reads=frozenset({"keys"}),
        writes=frozenset({"identity", "subscribers"}),
        personal=True,
        secrets=True,
    ),
    "watch_enquiries": Permissions(
        reads=frozenset({"catalogue", "identity", "keys"}),
        writes=frozenset({"enquiries", "supervision"}),
        personal=True,
        secrets=True,
    ),
    "publish_datasets": Permissions(
        reads=frozenset({"appointments", "cases", "catalogue", "enquiries"}),
        open_data=True,
    ),
    "review_organisations": Permissions(
        reads=frozenset({"identity", "keys"}),
        writes=frozenset({"mandates"}),
        personal=True,
        secrets=True,
    ),
    "watch_deliveries": Permissions(
        reads=frozenset({"catalogue"}),
        writes=frozenset({"deliveries"}),
        personal=True,
        secrets=True,
    ),
}


def permissions_of(function: str, rooms: Iterable[str]) -> Permissions:
    """Return a function's permissions among the rooms that have tables.

    The API serves every room, to citizens and to staff alike. A function that is not in the list
    may have what its imports reach.
    """
    known = frozenset(rooms)
    if function in {API, STAFF}:
        return Permissions(
            writes=known - ADDED_TO,
            adds=known & ADDED_TO,
            personal=True,
            secrets=True,
            uploads=True,
            mail=True,
            audits=True,
        )
    if function in PERMISSIONS:
        return PERMISSIONS[function]
    return Permissions(
        writes=reachable_rooms(function) & known, personal=True, secrets=True, uploads=True
    )


def reachable_rooms(function: str) -> frozenset[str]:
    """Return the rooms whose storage a function's use cases import, directly or not.

    A sub-room's storage is named with the room's own: which of both has a table is not told here.
    """
    seen: set[Path] = set()
    modules = (dotted.partition(":")[0] for dotted in manifest.named(function).use_cases)
    waiting = deque(file for module in modules for file in _module_files(module))
    while waiting:
        path = waiting.popleft()
        if path in seen:
            continue
        seen.add(path)
        waiting.extend(_imported_files(path))
    within = (path.relative_to(ROOT).with_suffix("").parts for path in seen)
    stores = (parts[1 : parts.index("storage")] for parts in within if "storage" in parts)
    return frozenset(chain.from_iterable(stores))


def _imported_files(path: Path) -> Iterable[Path]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            yield from _module_files(name)


def _module_files(module: str) -> Iterator[Path]:
    found = ROOT.joinpath(*module.split("."))
    return (file for file in (found.with_suffix(".py"), found / "__init__.py") if file.is_file())
