"""Who may import whom, and what every route and module owes."""

import ast
import re
from pathlib import Path

import pytest

from chalicelib.core.web import Routes
from infra.local.engine import Engine

ROOT = Path(__file__).parent.parent
FLOORS = [
    {"core"},
    {"webhooks"},
    {"identity", "catalogue"},
    {"supervision"},
    {"appointments", "cases"},
    {"payments", "deliveries"},
    {"notifications"},
]
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
    "appointments",
    "appointments/occupancy",
    "catalogue",
    "deliveries",
    "deliveries/couriers",
    "identity",
    "notifications",
    "supervision",
    "webhooks",
}
MODULES = sorted([*ROOT.glob("chalicelib/**/*.py"), *ROOT.glob("functions/*.py"), ROOT / "app.py"])
ONLY_IN = {
    "chalice": r"app\.py|chalicelib/core/routing\.py",
    "pynamodb": r"chalicelib/core/tables\.py|chalicelib/(\w+/)+storage(/\w+)?\.py",
    "stripe": r"chalicelib/payments/providers/stripe(_webhooks)?\.py",
}
DOMAIN_MAY = re.compile(
    r"chalicelib\.core\.(errors|decisions|four_eyes|money|i18n|clock|history|idempotency|text)$"
    r"|chalicelib\.\w+\.domain(\.\w+)?$"
)


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{a.name}" for a in node.names if node.module.count(".") < 2}
    return found


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "chalicelib" and len(parts) > 1 else ""


def floor(name: str) -> int:
    return next((number for number, rooms in enumerate(FLOORS) if name in rooms), -1)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_what_it_may(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    own = path.relative_to(ROOT).parts[1] if name.startswith("chalicelib/") else ""
    for module in imports(path):
        top = module.split(".")[0]
        assert top not in ("infra", "tests"), f"{name} imports {module}"
        if top in ONLY_IN:
            assert re.fullmatch(ONLY_IN[top], name), f"{name} imports {module}"
        if own and room(module) not in ("", own, "VERSION"):
            assert 0 <= floor(room(module)) < floor(own), f"{name} imports {module}"
            assert module.split(".")[2:3] != ["storage"], f"{name} imports {module}"
        if name.startswith("functions/"):
            assert top != "chalice"
        if "/domain" in name and top == "chalicelib" and module.count(".") > 1:
            parent = module.rpartition(".")[0]
            assert DOMAIN_MAY.match(module) or DOMAIN_MAY.match(parent), f"{name}: {module}"


@pytest.mark.parametrize("name", sorted(FURNISHED))
def test_a_room_holds_its_furniture_alone(name: str) -> None:
    pieces = {path.stem for path in (ROOT / "chalicelib" / name).iterdir() if path.suffix != ".pyc"}
    sub_rooms = {one.partition("/")[2] for one in FURNISHED if one.startswith(f"{name}/")}
    assert pieces - {"__init__", "__pycache__"} - sub_rooms <= FURNITURE


@pytest.mark.parametrize("name", sorted(FURNISHED))
def test_routes_do_not_reach_into_storage(name: str) -> None:
    for path in [path for path in MODULES if re.search(rf"/{name}/api[/.]", str(path))]:
        found = {part for module in imports(path) for part in module.split(".")}
        assert "storage" not in found, path


def test_every_route_declares_its_access(engine: Engine) -> None:
    assert Routes.declared
    for route in Routes.declared.values():
        assert route.access.kind in ("public", "citizen", "staff", "signature")
        assert route.view.__doc__


def test_a_route_without_access_fails_at_import() -> None:
    with pytest.raises(TypeError):
        Routes("x").get("/v1/none")(lambda call: call)
