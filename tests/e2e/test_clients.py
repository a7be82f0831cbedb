"""Clients made from the API's document alone book an appointment with the run.

`make clients` brings the makers' packages, without which the tests do not run.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.pages import environment
from tests.support.system import ROOT, System

HERE = Path(__file__).parent / "clients"
PYTHON = ROOT / "build" / "clients" / "bin"
TYPESCRIPT = ROOT / "build" / "clients" / "typescript"
WANTED = ("hall-330200", "id-card-renewal")
IMPORT_ALL = """
import importlib, pkgutil, onetrip_client
for module in pkgutil.walk_packages(onetrip_client.__path__, "onetrip_client."):
    importlib.import_module(module.name)
"""


def run(folder: Path, *command: str | Path) -> str:
    """Run a command in a folder; return what it says, and show it when it fails."""
    env = {**environment(), "NO_PROXY": "127.0.0.1", "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout


def document(system: System, folder: Path) -> Path:
    file = folder / "openapi.json"
    answer = httpx.get(f"{system.url}/v1/openapi.json", trust_env=False)
    file.write_bytes(answer.raise_for_status().content)
    return file


def is_kept(system: System, code: str, said: str) -> None:
    booked: dict[str, Any] = json.loads(said)
    assert (booked["office_id"], booked["service_id"]) == WANTED
    assert system.phone(code).get(f"/v1/appointments/{booked['appointment_id']}") == booked


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON.exists(), reason="make clients brings its maker")
def test_a_python_client_has_every_route_and_books(system: System, tmp_path: Path) -> None:
    made = ("--output-path", tmp_path / "onetrip_client", "--meta", "none")
    how = ("--config", HERE / "openapi-python-client.yml", "--fail-on-warning")
    maker = PYTHON / "openapi-python-client"
    run(tmp_path, maker, "generate", "--path", document(system, tmp_path), *made, *how)
    run(tmp_path, PYTHON / "python", "-c", IMPORT_ALL)
    code = "python-client"
    said = run(tmp_path, PYTHON / "python", HERE / "book.py", system.url, code, *WANTED)
    is_kept(system, code, said)


@pytest.mark.slow
@pytest.mark.skipif(
    not (TYPESCRIPT / "node_modules").exists(), reason="make clients brings its maker"
)
def test_a_typescript_client_is_typed_and_books(system: System) -> None:
    for name in ("book.ts", "tsconfig.json"):
        shutil.copy(HERE / name, TYPESCRIPT)
    bin_ = TYPESCRIPT / "node_modules" / ".bin"
    made = ["-o", "schema.d.ts", "--default-non-nullable", "false"]
    run(TYPESCRIPT, bin_ / "openapi-typescript", document(system, TYPESCRIPT), *made)
    run(TYPESCRIPT, bin_ / "tsc")
    code = "typescript-client"
    said = run(TYPESCRIPT, "node", "book.js", system.url, code, *WANTED)
    is_kept(system, code, said)
