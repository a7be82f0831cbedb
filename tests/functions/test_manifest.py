import importlib
import inspect
import pkgutil
import subprocess
import sys
from datetime import time
from pathlib import Path

import pytest

import functions
from functions import manifest
from functions.manifest import FUNCTIONS, Function, Schedule

ROOT = Path(functions.__file__).parent.parent
NOT_FUNCTIONS = {"manifest"}


def test_the_manifest_names_every_module_once() -> None:
    modules = {module.name for module in pkgutil.iter_modules(functions.__path__)}
    names = [function.name for function in FUNCTIONS]
    assert sorted(names) == sorted(modules - NOT_FUNCTIONS)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_has_what_its_triggers_call(function: Function) -> None:
    module = importlib.import_module(function.module)
    assert len(inspect.signature(module.handler).parameters) == 2
    assert function.triggers
    if function.queue:
        assert list(inspect.signature(module.work).parameters)[:2] == ["event", "now"]
    if function.schedules:
        assert next(iter(inspect.signature(module.run).parameters)) == "now"


def test_functions_come_without_chalice_and_without_the_infrastructure() -> None:
    modules = ", ".join(function.module for function in FUNCTIONS)
    code = f"import sys, {modules}; print(sorted({{'chalice', 'infra'}} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_queue_takes_events_and_gives_up_in_the_end() -> None:
    for function in manifest.with_queues():
        assert function.queue
        assert function.queue.prefixes
        assert 1 < function.queue.attempts < 20


@pytest.mark.parametrize("schedule", [{}, {"minutes": 1, "daily_at": time(1)}])
def test_a_schedule_says_when(schedule: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="minutes or daily_at"):
        Schedule(**schedule)  # type: ignore[arg-type]
