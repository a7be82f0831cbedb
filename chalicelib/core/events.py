"""A history entry on its way to the workers: what the stream publishes and the queues carry."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.core.history import Entry

SOURCE: Final = "onetrip"
# What an item's image in a stream has when the item is an entry, and nothing else has.
_MARK: Final = "prev_hash"
# What it says of a look at a citizen's data, which is chained and not published.
LOOK: Final = "look"
STREAM_FILTER: Final[Mapping[str, object]] = {
    "eventName": ["INSERT"],
    "dynamodb": {"NewImage": {_MARK: {"S": [{"exists": True}]}}},
}


@dataclass(frozen=True, slots=True)
class Event:
    """One published entry; `event_id` is the same however often it is delivered.

    `cause` is the id of the request from which it follows, for those who read logs.
    """

    subject: str
    seq: int
    type: str
    at: str
    actor: str
    data: Mapping[str, str]
    cause: str = ""

    @property
    def event_id(self) -> str:
        """Return what a worker's effect is keyed by."""
        return f"{self.subject}.{self.seq}"

    @property
    def moment(self) -> datetime:
        """Return when the change happened."""
        return datetime.fromisoformat(self.at)

    def to_json(self) -> str:
        """Write the event as the bus carries it."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


def of_entry(entry: Entry) -> Event:
    """Return the event that an entry is."""
    return Event(entry.subject, entry.seq, entry.type, entry.at, entry.actor, entry.data)


def is_entry(record: Mapping[str, Any]) -> bool:
    """Tell whether a record of a table's stream is a new entry, as STREAM_FILTER does."""
    image = record.get("dynamodb", {}).get("NewImage", {})
    return record.get("eventName") == "INSERT" and _MARK in image


def is_look(record: Mapping[str, Any]) -> bool:
    """Tell whether a record of a table's stream is a new look at a citizen's data."""
    image = record.get("dynamodb", {}).get("NewImage", {})
    return is_entry(record) and image[_MARK].get("S") == LOOK


def of_record(record: Mapping[str, Any]) -> Event:
    """Return the event of a stream's record of a new entry; raises ValueError for what is none."""
    image = record["dynamodb"]["NewImage"]
    try:
        detail = {name: image[name]["S"] for name in ("subject", "type", "at", "actor")}
        detail["cause"] = image.get("cause", {}).get("S", "")
        return read(
            {**detail, "seq": int(image["seq"]["N"]), "data": json.loads(image["data"]["S"])}
        )
    except (KeyError, TypeError) as error:
        message = "not an event"
        raise ValueError(message) from error


def rule(prefixes: Sequence[str]) -> Mapping[str, object]:
    """Return the pattern of the bus for the events whose type begins with one of the prefixes."""
    return {"source": [SOURCE], "detail-type": [{"prefix": prefix} for prefix in prefixes]}


def read(detail: Mapping[str, object]) -> Event:
    """Read an event from the bus; raises ValueError for what is none."""
    subject, seq, data = detail.get("subject"), detail.get("seq"), detail.get("data")
    texts = [detail.get(name) for name in ("type", "at", "actor")]
    if not isinstance(subject, str) or not isinstance(seq, int) or not isinstance(data, dict):
        message = "not an event"
        raise ValueError(message)  # noqa: TRY004 - a caller has one error to expect.
    type_, at, actor = (str(text) for text in texts)
    facts = {str(k): str(v) for k, v in data.items()}
    return Event(subject, seq, type_, at, actor, facts, str(detail.get("cause") or ""))
