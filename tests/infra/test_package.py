"""What is uploaded: the product's code, and nothing beside it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chalicelib.identity.service import personal_data_requests
from infra import package


def files(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def test_the_code_is_the_product_alone(tmp_path: Path) -> None:
    found = files(package.code("dev", tmp_path / "code"))
    assert {"app.py", "chalicelib/core/routes.py", "functions/publish_events.py"} <= found
    assert {name.split("/")[0] for name in found} == {"app.py", "chalicelib", "functions"}
    assert not [name for name in found if name.endswith(".pyc")]


COLD = """
import json, sys
import app
from chalice.config import Config
from chalice.local import ForbiddenError, LocalGateway
gateway = LocalGateway(app.app, Config())
def ask(method, path):
    try:
        answer = gateway.handle_request(method, path, {"origin": "https://hall.example"}, b"")
    except ForbiddenError:
        return [403]
    return [answer["statusCode"], answer["headers"]["Content-Type"]]
def heavy():
    ours = [name for name in sys.modules if name.startswith("chalicelib.")]
    rooms = {name.split(".")[1] for name in ours}
    names = ("cryptography", "jwt", "boto3", "stripe", "jsonschema", "segno", "holidays")
    return [name for name in names if name in sys.modules], sorted(rooms - {"core", "registry"})
told = {"imported": heavy()}
told["booking"] = ask("GET", "/v1/appointments"), heavy()[1]
told["health"] = ask("GET", "/v1/health"), heavy()[1]
told["document"] = ask("GET", "/v1/openapi.json"), heavy()[1]
told["export"] = ask("GET", "/v1/me/export")
told["method"] = ask("DELETE", "/v1/health")
from chalicelib.core.routes import Routes
told["routes"] = sorted(Routes.declared) == sorted(
    (method, path) for path, one in app.app.routes.items() for method in one if method != "OPTIONS"
)
from chalicelib.identity.service import personal_data_requests
told["holders"] = [holder.name for holder in personal_data_requests.holders()]
print(json.dumps(told))
"""


def test_a_cold_process_imports_a_room_when_it_is_asked_for(tmp_path: Path) -> None:
    folder = package.code("dev", tmp_path / "code")
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", COLD],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    problem, plain = "application/problem+json", "application/json"
    every = [
        "anchors", "appointments", "assistant", "cases", "catalogue", "certificates", "deliveries",
        "enquiries", "identity", "mandates", "notifications", "opendata", "payments", "registers",
        "subscribers", "supervision", "webhooks",
    ]  # fmt: skip
    assert told["imported"] == [[], []]
    of_booking = ["appointments", "catalogue", "identity", "mandates"]
    assert told["booking"] == [[401, problem], of_booking]
    assert told["health"] == [[200, plain], of_booking]
    assert told["document"] == [[200, plain], every]
    assert (told["export"], told["method"]) == ([401, problem], [405, problem])
    assert told["routes"]
    assert sorted(told["holders"]) == sorted(
        holder.name for holder in personal_data_requests.holders()
    )


def test_files_of_a_stage_come_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "files" / "dev"
    own.mkdir(parents=True)
    (own / "messages.json").write_text("{}")
    monkeypatch.setattr(package, "STAGE_FILES", tmp_path / "files")
    assert "stage/messages.json" in files(package.code("dev", tmp_path / "code"))
    assert "stage/messages.json" not in files(package.code("staging", tmp_path / "other"))


def test_a_layer_is_trimmed_to_what_is_called(tmp_path: Path) -> None:
    kept = ("botocore/data/dynamodb/x.json", "botocore/data/endpoints.json", "a/a.py")
    gone = ("botocore/data/ec2/x.json", "a/tests/t.py", "a/a.pyi", "a-1.dist-info/RECORD")
    for name in (*kept, *gone, "a-1.dist-info/METADATA"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    package._trim(tmp_path)
    assert files(tmp_path) == {*kept, "a-1.dist-info/METADATA"}


def test_the_layers_of_two_pythons_are_each_built_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []

    def install(python: str, packages: Path) -> None:
        built.append(python)
        (packages / "botocore" / "data").mkdir(parents=True)

    monkeypatch.setattr(package, "BUILD", tmp_path)
    monkeypatch.setattr(package, "_install", install)
    for _ in range(2):
        for python in ("3.11", "3.12"):
            assert package.layer(python).is_dir()
    assert built == ["3.11", "3.12"]
