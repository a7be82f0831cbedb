"""Subscribers for tests: accounts with an endpoint, and events as the queue brings them."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.clock import rfc3339
from chalicelib.core.events import Event
from chalicelib.core.ids import new_id
from chalicelib.subscribers import handlers
from tests.support.client import Answer, ApiClient
from tests.webhooks.receiver import Inbox, Receiver

PATH: Final = "/v1/admin/subscribers"
HALL: Final = "hall-330200"
DOCS: Final = Path(__file__).parents[2] / "docs" / "subscribers.md"


@dataclass
class Listener:
    """A subscriber with an endpoint of its own."""

    subscriber_id: str
    inbox: Inbox


def office_admin() -> str:
    """Return a fresh token of an administrator."""
    admin = Staff("listeners", frozenset({"admin"}), frozenset({HALL}))
    return dependencies.tokens().issue(admin, dependencies.clock().now())


def subscribe(client: ApiClient, receiver: Receiver, types: list[str], **more: Any) -> Listener:
    """Make a subscriber's account."""
    name = f"s{new_id(10).lower()}"
    inbox = receiver.inboxes[name] = Inbox()
    endpoint = f"{receiver.origin}/{name}"
    body = {"subscriber_id": name, "name": "城市运行中心", "endpoint": endpoint, "types": types}
    answer = client.post(PATH, {**body, **more}, token=office_admin())
    assert answer.status == 201, answer.body
    inbox.secret = answer.json()["secret"]
    return Listener(name, inbox)


def act(client: ApiClient, listener: Listener, what: str, key: str = "", **body: Any) -> Answer:
    """Do something with an account, as an administrator."""
    headers = {"Idempotency-Key": key} if key else {}
    path = f"{PATH}/{listener.subscriber_id}/{what}"
    return client.post(path, body, token=office_admin(), headers=headers)


def event(type_: str, subject: str = "", seq: int = 1, **data: str) -> Event:
    """Return an event of now; without a subject of a thing of nobody."""
    at = rfc3339(dependencies.clock().now())
    return Event(subject or new_id(16), seq, type_, at, "system:test", {"office": HALL, **data})


def tell(*events: Event) -> None:
    """Let the worker have events, as its queue brings them."""
    for one in events:
        handlers.tell_subscribers(one, dependencies.clock().now())


def program() -> dict[str, Any]:
    """Return what the program of the docs defines, as somebody who has nothing else runs it."""
    [source] = re.findall(r"```python\n(.+?)```", DOCS.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(source, str(DOCS), "exec"), names)
    return names
