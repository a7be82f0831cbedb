"""What the Lambda functions carry: the code, and a layer of the packages of requirements.txt.

Both are plain folders whose contents alone decide what is deployed: the same sources give the same
folders, and the toolkit names its uploads by their contents.
"""

import compileall
import hashlib
import inspect
import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Final

from app import router
from chalicelib.core.routing import TABLE
from infra import stages

ROOT: Final = Path(__file__).parent.parent
BUILD: Final = ROOT / "build" / "lambda"
STAGE_FILES: Final = stages.FOLDER / "stage_files"
# Amazon Linux 2023, the system below Lambda's Python 3.12, has glibc 2.34.
PYTHON: Final = "3.12"
_PLATFORMS: Final = ("manylinux2014_x86_64", "manylinux_2_28_x86_64", "manylinux_2_34_x86_64")
# botocore describes 400 services in 27 MB; these are what the product calls.
_SERVICES: Final = (
    "cloudformation",
    "dynamodb",
    "dynamodbstreams",
    "events",
    "kms",
    "s3",
    "secretsmanager",
    "sesv2",
    "sqs",
    "sso",
    "sso-oidc",
    "sts",
)
_LEFT_OUT: Final = ("__pycache__", "*.pyc", "*.pyi", "tests", "*.dist-info/RECORD", "bin")
_RULES_VERSION: Final = "1"


def code(stage: str, folder: Path | None = None) -> Path:
    """Copy the product's code into a fresh folder and return it.

    It carries the table of routes, by which a cold process imports only what is asked for.
    The files of `infra/stage_files/<stage>`, which settings of the stage name, come along in
    `stage/`.
    """
    folder = folder or BUILD / f"code-{stage}"
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("chalicelib", "functions"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "app.py", folder)
    table = folder / TABLE.relative_to(ROOT)
    table.write_text(json.dumps(router.table(), indent=1, sort_keys=True))
    own = STAGE_FILES / stage
    if own.is_dir():
        shutil.copytree(own, folder / "stage", ignore=ignored)
    return folder


def layer(python: str = PYTHON, folder: Path | None = None) -> Path:
    """Install the packages for a Python of Lambda and return their folder.

    It is built anew only when requirements.txt or the rules here have changed. Byte code is added
    when this process runs the same Python: no function could write it, as layers are read-only.
    """
    folder = folder or BUILD / f"layer-{python}"
    # Beside the folder, under its whole name: what follows the dot of 3.12 is no suffix.
    mark, wanted = folder.with_name(f"{folder.name}.made-from"), _made_from(python)
    if mark.exists() and mark.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    packages = folder / "python"
    _install(python, packages)
    _add_chalice(packages)
    _trim(packages)
    if python == _own_python():
        compileall.compile_dir(
            packages,
            quiet=1,
            stripdir=str(packages),
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )
    mark.write_text(wanted)
    return folder


def placeholder(folder: Path) -> Path:
    """Make a layer without packages, for whoever only reads the templates."""
    (folder / "python").mkdir(parents=True, exist_ok=True)
    (folder / "python" / "placeholder.txt").write_text("no packages\n")
    return folder


def _install(python: str, packages: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--no-compile", "--only-binary", ":all:"]
    command += ["--implementation", "cp", "--python-version", python]
    for platform in _PLATFORMS:
        command += ["--platform", platform]
    requirements = str(ROOT / "requirements.txt")
    command += ["-r", requirements, "--target", str(packages)]
    subprocess.run(command, check=True)  # noqa: S603 - every word of it stands above.


def _add_chalice(packages: Path) -> None:
    """Add Chalice's runtime, two files of a package that is otherwise for deploying."""
    runtime = packages / "chalice"
    runtime.mkdir()
    for name in ("chalice", "chalice.app"):
        shutil.copy(inspect.getfile(import_module(name)), runtime)


def _trim(packages: Path) -> None:
    for pattern in _LEFT_OUT:
        for found in sorted(packages.rglob(pattern)):
            if found.is_dir():
                shutil.rmtree(found)
            else:
                found.unlink()
    for service in (packages / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in _SERVICES:
            shutil.rmtree(service)


def _made_from(python: str) -> str:
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    digest.update(f"{_RULES_VERSION} {python} {_own_python()} {_SERVICES} {_LEFT_OUT}".encode())
    return digest.hexdigest()


def _own_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"
