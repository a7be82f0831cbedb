"""What a secondary index would answer that is behind its table."""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

_RANGE: Final = re.compile(
    r"(?P<begins>begins_with *\(\s*)?(?P<name>#?\w+) *(?:,|(?P<than><=|>=|<|>|=|BETWEEN)) *"
    r"(?P<first>:\w+)(?: +AND +(?P<last>:\w+))?"
)
Item = dict[str, Any]


@dataclass
class LateIndexes:
    """Indexes that are some seconds behind.

    A query that was asked before is answered as it was answered then. Of another, what the same
    partition showed before stays as it was for that long, also where the item has changed since or
    left the index; what nobody has seen is there at once.
    """

    seconds: float
    asked: int = 0
    old: int = 0
    _answers: dict[bytes, list[tuple[float, bytes]]] = field(default_factory=dict)
    _seen: dict[str, dict[str, tuple[float, Item]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, body: bytes, fresh: bytes) -> bytes:
        """Return what to answer to a query of an index instead of what it shows by now."""
        with self._lock:
            return self._answer(body, fresh)

    def _answer(self, body: bytes, fresh: bytes) -> bytes:
        now = time.monotonic()
        known = self._answers.setdefault(body, [])
        asked = json.loads(body)
        told = self._told(now, known) or self._with_former(now, asked, fresh)
        known.append((now, fresh))
        self._remember(now, asked, json.loads(fresh)["Items"])
        self.asked += 1
        self.old += told != fresh
        return told

    def _told(self, now: float, known: list[tuple[float, bytes]]) -> bytes:
        old = [answer for at, answer in known if at <= now - self.seconds]
        return old[-1] if old else known[0][1] if known else b""

    def _with_former(self, now: float, asked: Item, fresh: bytes) -> bytes:
        """Add what was shown in the partition, and show what has changed as it was."""
        answer = json.loads(fresh)
        former = {
            key: item
            for key, (at, item) in self._seen.get(_partition(asked), {}).items()
            if at > now - self.seconds
        }
        there = [former.get(_key(item), item) for item in answer["Items"]]
        if "ExclusiveStartKey" not in asked:
            keys = {_key(item) for item in there}
            there += [item for key, item in former.items() if key not in keys]
        there = _in_order(asked, [item for item in there if _asked_for(asked, item)])
        if there == answer["Items"]:
            return fresh
        counted = {"Count": len(there), "ScannedCount": len(there)}
        return json.dumps({**answer, "Items": there, **counted}).encode()

    def _remember(self, now: float, asked: Item, items: list[Item]) -> None:
        seen = self._seen.setdefault(_partition(asked), {})
        for item in items:
            at, old = seen.get(_key(item), (0.0, item))
            seen[_key(item)] = (at, old) if at > now - self.seconds else (now, item)


def _key(item: Item) -> str:
    return json.dumps([item["pk"], item["sk"]])


def _partition(asked: Item) -> str:
    """Return what a query asks but for the range: table, index, partition, and what it filters."""
    values = asked["ExpressionAttributeValues"]
    equal = [values[one["first"]] for one in _conditions(asked) if one["than"] == "="]
    filtered = asked.get("FilterExpression", "")
    return json.dumps([asked["TableName"], asked["IndexName"], equal, filtered])


def _in_order(asked: Item, items: list[Item]) -> list[Item]:
    from chalicelib.core.tables import Table

    [turn] = {
        index.range_key
        for table in Table.registry.values()
        for index in table.indexes
        if (table.name, index.name) == (asked["TableName"], asked["IndexName"])
    }
    newest_first = not asked.get("ScanIndexForward", True)
    return sorted(items, key=lambda item: _comparable(item[turn]), reverse=newest_first)


def _asked_for(asked: Item, item: Item) -> bool:
    """Tell whether an item's keys are what a query asks for."""
    return all(_holds(asked, one, item) for one in _conditions(asked))


def _holds(asked: Item, condition: re.Match[str], item: Item) -> bool:
    name = condition["name"]
    shown = item.get(asked.get("ExpressionAttributeNames", {}).get(name, name))
    if shown is None:
        return False
    value, first, last = (
        _comparable(asked["ExpressionAttributeValues"][one] if isinstance(one, str) else one)
        for one in (shown, condition["first"], condition["last"] or condition["first"])
    )
    if condition["begins"]:
        return str(value).startswith(str(first))
    results: dict[str, bool] = {
        "=": value == first,
        "<": value < first,
        "<=": value <= first,
        ">": value > first,
        ">=": value >= first,
        "BETWEEN": first <= value <= last,
    }
    return results[condition["than"]]


def _conditions(asked: Item) -> list[re.Match[str]]:
    return list(_RANGE.finditer(asked["KeyConditionExpression"]))


def _comparable(value: Item) -> Any:
    [(kind, given)] = value.items()
    return float(given) if kind == "N" else given
