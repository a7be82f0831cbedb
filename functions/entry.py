"""The handlers of the Lambdas that are not HTTP: `functions.entry.<name>` for each of the manifest.

A handler is made when Lambda asks for it by name, and imports its own use cases alone, so that a
cold start does not pay for the others.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.core import worker
from chalicelib.core.plugins import resolve
from chalicelib.core.worker import Failures, Handler, Run, Work
from functions import manifest
from functions.manifest import Function


def __getattr__(name: str) -> Handler:
    """Return the handler of the function of this name."""
    try:
        return handler(manifest.named(name))
    except LookupError as error:
        raise AttributeError(name) from error


def handler(function: Function) -> Handler:
    """Return what Lambda calls with what starts the function: records, or a tick of the clock."""
    if function.collect:
        return worker.batch(function.name, resolve(function.collect))
    if function.stream:
        return worker.stream(function.name, resolve(function.take))
    if not function.schedules:
        return worker.queue(function.name, work(function))
    if function.parts:
        return worker.parted(function.name, run(function), function.parts_name, function.parts)
    by_clock = worker.timer(function.name, partial(run(function), **_patience(function)))
    if not function.queue:
        return by_clock
    by_queue = worker.queue(function.name, work(function))

    def handle(event: Mapping[str, Any], context: object) -> Failures:
        return (by_queue if "Records" in event else by_clock)(event, context)

    return handle


def run(function: Function) -> Run:
    """Return what the function does when the clock starts it."""
    found: Run = resolve(function.run)
    return found


def work(function: Function) -> Work:
    """Return what the function does with an event of its queue."""
    return worker.together(*map(resolve, function.work))


def run_now(function: Function, now: datetime) -> None:
    """Run a function that runs by the clock, as its handler does; raises RunFailed."""
    with worker.running(function.name, now):
        run(function)(now)


def _patience(function: Function) -> dict[str, bool]:
    return {"patient": True} if function.patient else {}
