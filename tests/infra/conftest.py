"""The templates of two stages, one in each partition, written once for all test processes."""

import fcntl
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra import package
from tests.infra.world import Api

ROOT = Path(__file__).parent.parent.parent
STAGES = ("dev", "production")


@dataclass(frozen=True)
class Templates:
    """All resources of a stage, and the text of its templates."""

    stage: str
    folder: Path

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.template.json"))

    def resources(self, kind: str = "") -> Mapping[str, Any]:
        """Return the resources of a type, by their logical ids; of all types when none is named."""
        loaded = [json.loads(file.read_text())["Resources"] for file in self.files]
        every = {name: resource for stack in loaded for name, resource in stack.items()}
        return {n: r for n, r in every.items() if not kind or r["Type"] == kind}


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder with the templates of all stages under test."""
    base = tmp_path_factory.getbasetemp()
    folder = base if worker_id == "master" else base.parent
    out = folder / "cdk"
    with (folder / "cdk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            layer = package.placeholder(folder / "layer")
            command = [sys.executable, "-m", "infra.app", "--out", str(out), "--layer", str(layer)]
            subprocess.run([*command, *STAGES], cwd=ROOT, check=True, capture_output=True)
    return out


@pytest.fixture(scope="session", params=STAGES)
def templates(request: pytest.FixtureRequest, written: Path) -> Templates:
    return Templates(request.param, written / request.param)


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    yield api
    api.server.shutdown()
    api.server.server_close()
