"""The functions of the manifest, called by their names as Lambda and the run's timers do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.core.events import Event
from functions import entry, manifest


def run(name: str, now: datetime) -> Any:
    """Run what a function does by the clock; return what its use case answers."""
    return entry.run(manifest.named(name))(now)


def work(name: str, event: Event, now: datetime) -> None:
    """Do what a function does with an event; raises what its use cases raise."""
    entry.work(manifest.named(name))(event, now)


def call(name: str, event: Mapping[str, Any], context: object = None) -> Any:
    """Call a function's handler as Lambda does."""
    return entry.handler(manifest.named(name))(event, context)


def notify(event: Event, now: datetime) -> None:
    """Tell of an event, as the queue of the notifications does."""
    work("send_notifications", event, now)
