"""What each function may do: least privilege, written down once and held by a test.

A room's name stands for its table. Reading is GetItem, BatchGetItem, Query and ConditionCheckItem;
writing is that and PutItem, UpdateItem, DeleteItem. Nobody may Scan, and nobody may change a table.
A function may have no right to a room that its use cases cannot reach by their imports.
"""

import ast
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
API: Final = "api"


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of one function.

    `personal` is the key of citizens' data, `secrets` the secrets, `uploads` the right to read and
    write uploaded files, `publishes` the bus, `sets_aside` its own dead letters.
    """

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    personal: bool = False
    secrets: bool = False
    uploads: bool = False
    publishes: bool = False
    sets_aside: bool = False


RIGHTS: Final[Mapping[str, Rights]] = {
    "publish_events": Rights(publishes=True, sets_aside=True),
    "generate_slots": Rights(
        reads=frozenset({"catalogue"}),
        writes=frozenset({"appointments"}),
    ),
    "release_expired": Rights(
        reads=frozenset({"catalogue"}),
        writes=frozenset({"appointments"}),
    ),
    "send_notifications": Rights(
        reads=frozenset({"appointments", "cases", "catalogue", "identity"}),
        writes=frozenset({"notifications"}),
        personal=True,
        secrets=True,
    ),
    "send_reminders": Rights(
        reads=frozenset({"appointments", "cases", "catalogue", "identity"}),
        writes=frozenset({"notifications"}),
        personal=True,
        secrets=True,
    ),
    "reconcile_payments": Rights(
        reads=frozenset({"catalogue", "identity"}),
        writes=frozenset({"appointments", "payments"}),
        personal=True,
        secrets=True,
    ),
    "compare_books": Rights(
        reads=frozenset({"catalogue", "identity"}),
        writes=frozenset({"payments", "supervision"}),
        personal=True,
        secrets=True,
    ),
    "follow_up": Rights(
        reads=frozenset({"catalogue", "identity"}),
        writes=frozenset({"appointments", "cases", "deliveries", "payments", "supervision"}),
        personal=True,
        secrets=True,
    ),
    "reconcile_events": Rights(
        reads=frozenset({"catalogue", "identity"}),
        writes=frozenset(
            {"appointments", "cases", "deliveries", "notifications", "payments", "supervision"}
        ),
        personal=True,
        secrets=True,
    ),
    "watch_deadlines": Rights(
        reads=frozenset({"catalogue"}),
        writes=frozenset({"cases", "supervision"}),
    ),
    "send_courier_messages": Rights(
        reads=frozenset({"identity"}),
        writes=frozenset({"deliveries"}),
        personal=True,
        secrets=True,
    ),
    "watch_deliveries": Rights(
        reads=frozenset({"catalogue"}),
        writes=frozenset({"deliveries"}),
        personal=True,
        secrets=True,
    ),
}


def of(function: str, rooms: Iterable[str]) -> Rights:
    """Return a function's rights among the rooms that have tables.

    The API serves every room. A function that is not in the list may have what its imports reach.
    """
    known = frozenset(rooms)
    if function == API:
        return Rights(writes=known, personal=True, secrets=True, uploads=True)
    if function in RIGHTS:
        return RIGHTS[function]
    return Rights(
        writes=reachable_rooms(function) & known, personal=True, secrets=True, uploads=True
    )


def reachable_rooms(function: str) -> frozenset[str]:
    """Return the rooms whose storage a function's use cases import, directly or not."""
    seen: set[Path] = set()
    modules = (dotted.partition(":")[0] for dotted in manifest.named(function).use_cases)
    waiting = deque(file for module in modules for file in _files(module))
    while waiting:
        path = waiting.popleft()
        if path in seen:
            continue
        seen.add(path)
        waiting.extend(_imported_files(path))
    within = (path.relative_to(ROOT).with_suffix("").parts for path in seen)
    return frozenset(parts[1] for parts in within if "storage" in parts)


def _imported_files(path: Path) -> Iterable[Path]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            yield from _files(name)


def _files(module: str) -> Iterator[Path]:
    found = ROOT.joinpath(*module.split("."))
    return (file for file in (found.with_suffix(".py"), found / "__init__.py") if file.is_file())
