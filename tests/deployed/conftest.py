"""A stage for real people, deployed from its templates to an engine of its own.

Nothing in the templates is changed for it. Five things differ from AWS: the engine runs functions
with this machine's Python, so the layer is built for that one; it has no CodeDeploy, so a release
gets all requests at once; it has no CDK bootstrap stack, of which only the bucket and the version
are made; `https://….amazonaws.com` does not lead to it, so the gateway is asked by its path; and
requests come as if a proxy had ended their TLS.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from infra import package, stages
from infra.local.engine import Engine
from tests.deployed import outside
from tests.deployed.cloud import ACCOUNT, Cloud
from tests.deployed.http_client import HttpClient
from tests.support.client import Answer

ROOT = Path(__file__).parent.parent.parent
STAGE = "e2e"
SECOND = "second"
STAGES = (STAGE, SECOND)
_TRIES = 5
PASSWORD = "onetrip-demo"
# What makes the one-time codes of those whose role needs them on a real stage.
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_KEPT = ("HOME", "LANG", "PATH", "PIP_CONFIG_FILE", "PIP_INDEX_URL", "TMPDIR")


@dataclass(frozen=True)
class Deployed:
    """A deployed system: its stage, where that is declared, its cloud, and its API's address."""

    stage: str
    stages: Path
    cloud: Cloud
    outputs: Mapping[str, str]
    address: str

    @property
    def api(self) -> HttpClient:
        """Return a client of the API."""
        return HttpClient(self.address)

    def asks(self, *arguments: str, module: str = "infra.ops") -> subprocess.CompletedProcess[str]:
        """Try what an operator does."""
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=operator(self.cloud, self.stages),
            capture_output=True,
            text=True,
            check=False,
        )

    def ops(self, *arguments: str, module: str = "infra.ops") -> str:
        """Do as an operator does."""
        done = self.asks(*arguments, module=module)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def operator(cloud: Cloud, declared: Path) -> dict[str, str]:
    """Return the environment of an operator's shell, without this test's settings."""
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "STAGES_DIR": str(declared),
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
    }


@pytest.fixture(scope="session")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the stages, and the outside world that they name."""
    folder = tmp_path_factory.mktemp("stages")
    outside.write_stages(STAGES, folder)
    (folder / "platforms.json").write_text(json.dumps(outside.SECRETS))
    outside.start()
    return folder


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory, declared: Path) -> Path:
    """The templates and what they upload, in a folder a stage."""
    out = tmp_path_factory.mktemp("cdk")
    layer = package.layer(f"{sys.version_info.major}.{sys.version_info.minor}")
    command = [sys.executable, "-m", "infra.app", *STAGES, "--out", str(out)]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment["STAGES_DIR"] = str(declared)
    subprocess.run([*command, "--layer", str(layer)], cwd=ROOT, env=environment, check=True)
    return out


@pytest.fixture(scope="session")
def deployed(assemblies: Path, declared: Path) -> Iterator[Deployed]:
    """The system, deployed and filled; what roles may do is enforced."""
    with _deployed(STAGE, assemblies, declared) as system:
        yield system


@pytest.fixture(scope="session")
def second_cell(assemblies: Path, declared: Path) -> Iterator[Deployed]:
    """Another city's system, on an engine of its own."""
    with _deployed(SECOND, assemblies, declared) as system:
        yield system


@contextmanager
def _deployed(stage: str, assemblies: Path, declared: Path) -> Iterator[Deployed]:
    # The engine removes nothing of what functions had when it stops.
    with TemporaryDirectory(prefix="onetrip-", ignore_cleanup_errors=True) as folder:
        with pytest.MonkeyPatch.context() as patch:
            # The engine hands its own environment down to the functions.
            for name in set(os.environ) - set(_KEPT):
                patch.delenv(name)
            patch.setenv("AUTH", "true")
            patch.setenv("TMPDIR", folder)
            engine = Engine(module="tests.deployed.engine_behind_tls")
            engine.start()
        try:
            cloud = Cloud(engine.url, stages.load(stage, declared / "stages.json").region)
            cloud.bootstrap()
            outputs = cloud.deploy(assemblies / stage)
            gateway = outputs[f"onetrip-{stage}-api.GatewayId"]
            address = f"{engine.url}/restapis/{gateway}/api/_user_request_"
            system = Deployed(stage, declared, cloud, outputs, address)
            _fill(system)
            yield system
        finally:
            engine.stop()


def _fill(system: Deployed) -> None:
    system.ops("secrets", system.stage, "--file", str(system.stages / "platforms.json"))
    system.ops("catalogue", system.stage)
    for role in ("clerk", "supervisor", "auditor"):
        totp = ("--totp", TOTP) if role == "supervisor" else ()
        given = ("--role", role, "--password", PASSWORD, *totp)
        system.ops("staff", system.stage, role, *given)
    for _ in range(_TRIES):
        # A busy machine does not make a month's slots in the time that calls may take.
        if system.asks("slots", system.stage).returncode == 0:
            return
    raise AssertionError("no slots were made")


def told(answer: Answer, status: int) -> Any:
    """Return the JSON of an answer that must have this status."""
    assert answer.status == status, answer.body
    return json.loads(answer.body)
