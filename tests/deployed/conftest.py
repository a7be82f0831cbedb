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
from dataclasses import dataclass
from pathlib import Path
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
PASSWORD = "onetrip-demo"
# What makes the one-time codes of those whose role needs them on a real stage.
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_KEPT = ("HOME", "LANG", "PATH", "PIP_CONFIG_FILE", "PIP_INDEX_URL", "TMPDIR")


@dataclass(frozen=True)
class Deployed:
    """A deployed system: where its stage is declared, the cloud that it runs in, and its API."""

    stages: Path
    cloud: Cloud
    outputs: Mapping[str, str]
    api: HttpClient

    def ops(self, *arguments: str) -> str:
        """Do as an operator does."""
        command = [sys.executable, "-m", "infra.ops", *arguments]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=operator(self.cloud, self.stages),
            capture_output=True,
            text=True,
            check=False,
        )
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
    """The folder of the stage, and the outside world that it names."""
    folder = tmp_path_factory.mktemp("stages")
    outside.write_stage(STAGE, folder)
    (folder / "platforms.json").write_text(json.dumps(outside.SECRETS))
    outside.start()
    return folder


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory, declared: Path) -> Path:
    """The templates and what they upload."""
    out = tmp_path_factory.mktemp("cdk")
    layer = package.layer(f"{sys.version_info.major}.{sys.version_info.minor}")
    command = [sys.executable, "-m", "infra.app", STAGE, "--out", str(out), "--layer", str(layer)]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment["STAGES_DIR"] = str(declared)
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return out / STAGE


@pytest.fixture(scope="session")
def deployed(assembly: Path, declared: Path) -> Iterator[Deployed]:
    """The system, deployed and filled; what roles may do is enforced."""
    engine = Engine(module="tests.deployed.engine_behind_tls")
    with pytest.MonkeyPatch.context() as patch:
        # The engine hands its own environment down to the functions.
        for name in set(os.environ) - set(_KEPT):
            patch.delenv(name)
        patch.setenv("AUTH", "true")
        engine.start()
    try:
        cloud = Cloud(engine.url, stages.load(STAGE, declared / "stages.json").region)
        cloud.bootstrap()
        outputs = cloud.deploy(assembly)
        gateway = outputs[f"onetrip-{STAGE}-api.GatewayId"]
        api = HttpClient(f"{engine.url}/restapis/{gateway}/api/_user_request_")
        system = Deployed(declared, cloud, outputs, api)
        system.ops("secrets", STAGE, "--file", str(declared / "platforms.json"))
        system.ops("catalogue", STAGE)
        for role in ("clerk", "supervisor", "auditor"):
            totp = ("--totp", TOTP) if role == "supervisor" else ()
            system.ops("staff", STAGE, role, "--role", role, "--password", PASSWORD, *totp)
        system.ops("slots", STAGE)
        yield system
    finally:
        engine.stop()


def told(answer: Answer, status: int) -> Any:
    """Return the JSON of an answer that must have this status."""
    assert answer.status == status, answer.body
    return json.loads(answer.body)
