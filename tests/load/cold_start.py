"""Cold start: `python -m tests.load.cold_start` compares fresh processes, medians of one run.

Times are of the processor, so that what else the machine does says nothing.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from infra import package
from infra.local import secrets
from infra.local.engine import Engine
from infra.local.stand_ins import addresses
from tests.load.report import table

RUNS = 9
# How much a ratio of the same code differs from day to day: 1.42 and 1.53 were seen.
SCATTER = 1.1
CLOCKED = """
import time
{before}
began = time.process_time()
{code}
print(time.process_time() - began)
"""
BARE_IMPORT = "import chalice, pynamodb.models"
OUR_IMPORT = "import app"
BARE_ANSWER = """
import chalice, botocore.session
from pynamodb.models import Model
from pynamodb.attributes import UnicodeAttribute
class Thing(Model):
    class Meta:
        table_name = "onetrip-identity"
        region = "cn-north-1"
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
app = chalice.Chalice("bare")
@app.route("/thing")
def thing():
    try:
        Thing.get("a", "b")
    except Thing.DoesNotExist:
        return {}
from chalice.config import Config
from chalice.local import LocalGateway
assert LocalGateway(app, Config()).handle_request("GET", "/thing", {}, b"")["statusCode"] == 200
"""
OUR_ANSWER = """
import os, app
from chalice.config import Config
from chalice.local import LocalGateway
headers = {"authorization": "Bearer " + os.environ["TOKEN"]}
answer = LocalGateway(app.app, Config()).handle_request("GET", "/v1/appointments", headers, b"")
assert answer["statusCode"] == 200, answer
"""
# What the first request to a room imports beside what every process has: its own module, and the
# whole house as a measure.
BEFORE = "import app, sys; from chalicelib.core.plugins import load_module, load_modules"
ROOM = "load_module('chalicelib.{module}')"
HOUSE = "load_modules('ROUTE_MODULES')"
ROOMS = {"identity": "identity.api", "catalogue": "catalogue.api.services"}
PREPARE = """
import app
app.router.table()
from chalicelib.core import table_definitions, tables
for table in tables.Table.registry.values():
    table_definitions.create(table)
from chalicelib.identity.service import accounts
from chalicelib.core import dependencies
session, _ = accounts.log_in("demo", "cold", "here", dependencies.clock().now())
print(session.access_token)
"""


def run(code: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=environment["PYTHONPATH"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def ratio(ours: str, bare: str, environment: dict[str, str], before: str = "") -> float:
    """Compare medians of processes that took turns, so that a machine's moods fall on both."""
    both = [CLOCKED.format(code=code, before=before) for code in (ours, bare)]
    for timed in both:
        run(timed, environment)
    taken = [[float(run(timed, environment)) for timed in both] for _ in range(RUNS)]
    mine = statistics.median(one for one, _ in taken)
    return mine / statistics.median(other for _, other in taken)


def costly_imports(environment: dict[str, str]) -> list[list[object]]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", OUR_ANSWER],
        cwd=environment["PYTHONPATH"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found = []
    for line in done.stderr.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if len(parts) == 3 and parts[1].strip().isdigit():
            found.append((int(parts[1]), parts[2].strip()))
    wanted = ("chalice.app", "pynamodb.models", "botocore.session", "pydantic", "chalicelib")
    best = {name: cost for cost, name in sorted(found) if name.startswith(wanted)}
    top = sorted(((cost, name) for name, cost in best.items()), reverse=True)[:10]
    return [[name, f"{cost / 1000:.0f} ms"] for cost, name in top]


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    secrets.ensure(folder / "secrets.json")
    with Engine() as engine:
        environment = {
            **os.environ,
            "STAGE": "test",
            "SECRETS_FILE": str(folder / "secrets.json"),
            "DEMONSTRATION": "1",
            "IDENTITY_AUTHORITIES": "embedded",
            **addresses("http://127.0.0.1:9"),
            "AWS_ENDPOINT_URL": engine.url,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "cn-north-1",
            # The very code that is deployed, with its table of routes.
            "PYTHONPATH": str(package.code("dev", folder / "code")),
            # Both sides run from compiled files, as a package that is deployed should.
            "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["TOKEN"] = run(PREPARE, environment)
        imports = ratio(OUR_IMPORT, BARE_IMPORT, environment)
        answers = ratio(OUR_ANSWER, BARE_ANSWER, environment)
        rows = [["import", f"{imports:.2f}", "1.6"], ["first answer", f"{answers:.2f}", "1.5"]]
        for room, module in ROOMS.items():
            share = ratio(ROOM.format(module=module), HOUSE, environment, BEFORE)
            rows.append([f"first request to {room}, of importing all", f"{share:.2f}", "0.4"])
        title = f"Cold start: ratio to a bare Chalice app with pynamodb, medians of {RUNS}"
        table("cold", title, ["", "ratio", "goal"], rows)
        listed = costly_imports(environment)
    table(
        "imports",
        "What the first answer imports, with all that it brings",
        ["module", "time"],
        listed,
    )
    print(json.dumps(rows))
    above = [name for name, found, goal in rows if float(found) > SCATTER * float(goal)]
    if above:
        raise SystemExit(f"slower than the goal: {', '.join(above)}")


if __name__ == "__main__":
    main()
