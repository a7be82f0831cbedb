import inspect
import subprocess
import sys
from collections.abc import Iterable
from datetime import time
from pathlib import Path

import pytest

from chalicelib.core.plugins import resolve
from functions import entry, manifest
from functions.manifest import FUNCTIONS, Function, Schedule

ROOT = Path(manifest.__file__).parent.parent
ROOMS = (
    "appointments",
    "cases",
    "certificates",
    "deliveries",
    "enquiries",
    "identity",
    "notifications",
    "payments",
    "supervision",
)


def test_the_manifest_names_every_function_once() -> None:
    names = [function.name for function in FUNCTIONS]
    assert len(set(names)) == len(names)
    with pytest.raises(LookupError):
        manifest.named("no_function")
    with pytest.raises(AttributeError):
        entry.no_function  # noqa: B018


def parameters(dotted: str) -> list[str]:
    return list(inspect.signature(resolve(dotted)).parameters)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_has_what_its_triggers_call(function: Function) -> None:
    assert function.triggers
    assert bool(function.stream) == bool(function.take)
    assert bool(function.queue) == bool(function.work or function.collect)
    assert bool(function.schedules) == bool(function.run)
    module, _, name = function.handler.rpartition(".")
    assert module == entry.__name__
    assert len(inspect.signature(getattr(entry, name)).parameters) == 2
    if function.take:
        assert parameters(function.take) == ["records"]
    if function.collect:
        assert len(parameters(function.collect)) == 2
    for work in function.work:
        assert parameters(work) == ["event", "now"]
    if function.run:
        assert parameters(function.run)[0] == "now"
        assert ("patient" in parameters(function.run)) == function.patient


def imported(statement: str) -> set[str]:
    code = f"import sys; from functions import entry; {statement}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return set(done.stdout.split())


def rooms(modules: Iterable[str]) -> set[str]:
    return {room for room in ROOMS if f"chalicelib.{room}" in modules}


def test_a_function_imports_its_own_use_cases_alone() -> None:
    assert rooms(imported("pass")) == set()
    assert "payments" not in rooms(imported("entry.watch_deadlines"))
    assert rooms(imported("entry.publish_events")) == set()


def test_functions_come_without_chalice_and_without_the_infrastructure() -> None:
    statement = "; ".join(f"entry.{function.name}" for function in FUNCTIONS)
    modules = imported(statement)
    assert not {"chalice", "infra"} & modules
    assert rooms(modules) == set(ROOMS)


def test_every_queue_takes_events_and_gives_up_in_the_end() -> None:
    for function in manifest.with_queues():
        assert function.queue
        assert function.queue.prefixes
        assert 1 < function.queue.attempts < 20


@pytest.mark.parametrize("schedule", [{}, {"minutes": 1, "daily_at": time(1)}])
def test_a_schedule_says_when(schedule: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="minutes or daily_at"):
        Schedule(**schedule)  # type: ignore[arg-type]
