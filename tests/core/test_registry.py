"""The composition root: what it names is there, and each route module answers alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib import registry
from chalicelib.core import dependencies
from chalicelib.core.auth import Citizen, Staff
from chalicelib.core.ids import new_id
from chalicelib.core.plugins import registered, registered_as, resolve
from infra import package
from tests.support.client import ApiClient

POINTS = [name for name in vars(registry) if name.isupper() and name != "ROUTE_MODULES"]

# Each child process begins with what a cold one has, and asks for one module alone.
# Modules of one room may share views.
ALONE = """
import json, os, sys
import app
from chalice.config import Config
from chalice.local import LocalGateway
from chalicelib import registry
from string import Formatter
tokens = json.loads(sys.argv[1])
table = json.loads(open("chalicelib/routes.json").read())
def ask(gateway, method, path):
    names = {name: "abcdefgh" for _, name, _, _ in Formatter().parse(path) if name}
    role = "staff" if path.startswith("/v1/admin") else "citizen"
    headers = {"authorization": "Bearer " + tokens[role], "content-type": "application/json"}
    given = path.format(**names)
    return gateway.handle_request(method, given, headers, b"{}")["statusCode"]
def alone(module):
    gateway = LocalGateway(app.app, Config())
    mine = [(m, p) for p, methods in table.items() for m, one in methods.items()
            if one == module or one.startswith(module + ".")]
    answers = {f"{m} {p}": ask(gateway, m, p) for m, p in mine}
    room = module.split(".")[1]
    others = [one for one in registry.ROUTE_MODULES
              if one in sys.modules and one.split(".")[1] != room]
    return {"answers": answers, "others": others}
told = {}
for module in registry.ROUTE_MODULES:
    read, write = os.pipe()
    if os.fork() == 0:
        with os.fdopen(write, "w") as out:
            json.dump(alone(module), out)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        told[module] = json.loads(answer.read())
    os.wait()
print(json.dumps(told))
"""
# These two read what all modules declare.
WHOLE = {"chalicelib.core.system_api"}


@pytest.mark.parametrize("point", POINTS)
def test_what_is_named_is_there(point: str) -> None:
    named = getattr(registry, point)
    assert len(set(named)) == len(named)
    for dotted in named.values() if isinstance(named, dict) else named:
        assert resolve(dotted) is not None


def test_a_point_gives_what_it_names() -> None:
    assert {holder.name for holder in registered("PERSONAL_DATA")} >= {"cases", "payments"}
    assert registered_as("STATISTICS", "no-such") is None
    revenue = registered_as("STATISTICS", "revenue")
    assert revenue
    assert revenue.columns[0] == "date"


def test_each_route_module_answers_alone_in_a_cold_process(
    client: ApiClient, tmp_path: Path
) -> None:
    assert client.get("/v1/health").status == 200
    folder = package.code("dev", tmp_path / "code")
    now, issue, me = dependencies.clock().now(), dependencies.tokens().issue, new_id(8)
    roles = frozenset({"clerk", "supervisor", "auditor", "admin"})
    tokens = {
        "citizen": issue(Citizen(me, me, "real_name"), now),
        "staff": issue(Staff(new_id(8), roles, frozenset({"hall-330200"})), now),
    }
    done = subprocess.run(
        [sys.executable, "-c", ALONE, json.dumps(tokens)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    for module in registry.ROUTE_MODULES:
        answers = told[module]["answers"]
        assert answers, module
        assert not {route: code for route, code in answers.items() if code >= 500}, module
        assert module in WHOLE or not told[module]["others"], module
