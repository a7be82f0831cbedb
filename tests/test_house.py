"""What every room and route owes that import-linter cannot say; who may import whom it says."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.core.routes import Routes
from infra.local.engine import Engine

ROOT = Path(__file__).parent.parent
FURNITURE = {
    "api",
    "channels",
    # What is shown and asked, not code.
    "data",
    "domain",
    "handlers",
    "jobs",
    "providers",
    "service",
    "storage",
}
# The rooms whose top holds nothing else.
FURNISHED = {
    "anchors",
    "appointments",
    "appointments/draws",
    "appointments/occupancy",
    "appointments/waiting",
    "assistant",
    "cases",
    "cases/uploads",
    "catalogue",
    "certificates",
    "deliveries",
    "deliveries/couriers",
    "enquiries",
    "identity",
    "identity/consents",
    "identity/devices",
    "identity/keys",
    "identity/signing",
    "identity/staff",
    "identity/tombstones",
    "mandates",
    "notifications",
    "notifications/contacts",
    "notifications/letters",
    "notifications/preferences",
    "notifications/suggestions",
    "payments",
    "payments/bills",
    "registers",
    "subscribers",
    "supervision",
    "webhooks",
}


def test_the_contracts_between_rooms_hold() -> None:
    # What `make check` asks, also where only tests are run.
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", sorted(FURNISHED))
def test_a_room_holds_its_furniture_alone(name: str) -> None:
    pieces = {path.stem for path in (ROOT / "chalicelib" / name).iterdir() if path.suffix != ".pyc"}
    sub_rooms = {one.partition("/")[2] for one in FURNISHED if one.startswith(f"{name}/")}
    assert pieces - {"__init__", "__pycache__"} - sub_rooms <= FURNITURE


def test_no_test_imports_another() -> None:
    # What tests share stands in their room's world.py; fixtures are asked for by name.
    imported = re.compile(
        r"^\s*(?:from|import) +(tests\.(?:\w+\.)*test_\w+)|^(__all__)", re.MULTILINE
    )
    found = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in (ROOT / "tests").rglob("*.py")
        for match in imported.finditer(path.read_text())
        if match[1] or path.name.startswith("test_")
    }
    assert not found


def test_every_module_of_core_has_a_test_of_its_name() -> None:
    # A module of routes is tested with what the routes show.
    modules = {path.stem.removesuffix("_api") for path in (ROOT / "chalicelib/core").glob("*.py")}
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests/core").glob("test_*.py")}
    # The facts of events are types alone.
    types = {"event_facts", "event_facts_of_halls", "standing"}
    assert modules - {"__init__"} - types <= tests


def test_every_route_declares_its_access(engine: Engine) -> None:
    assert Routes.declared
    for route in Routes.declared.values():
        assert route.access.kind in ("public", "citizen", "staff", "logged_in", "signature")
        assert route.view.__doc__


def test_a_route_without_access_fails_at_import() -> None:
    with pytest.raises(TypeError):
        Routes("x").get("/v1/none")(lambda call: call)


def test_modules_and_functions_are_short_enough_to_look_through() -> None:
    long = []
    for path in (*(ROOT / "chalicelib").rglob("*.py"), *(ROOT / "functions").rglob("*.py")):
        text = path.read_text()
        if text.count("\n") > 300:
            long.append(str(path.relative_to(ROOT)))
        for one in ast.walk(ast.parse(text)):
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (one.end_lineno or one.lineno) - one.lineno + 1
                long += [f"{path.relative_to(ROOT)}:{one.name}"] * (lines > 40)
    assert long == []
