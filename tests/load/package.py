"""Size of the Lambda package: `python -m tests.load.package` installs and zips what is deployed.

Of the two largest that were chosen for one purpose each (pyHanko seals documents, cel-python
evaluates rules) it tells how much of the layer they are, with all that nothing else needs.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

from tests.load.report import table

ROOT = Path(__file__).parent.parent.parent


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    layer, code = folder / "layer", folder / "code"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "--no-compile",
    ]
    requirements = str(ROOT / "requirements.txt")
    subprocess.run([*install, "-r", requirements, "--target", str(layer)], check=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "chalicelib", code / "chalicelib", ignore=ignored)
    shutil.copy(ROOT / "app.py", code)
    rows = [[path.name, zipped(path), unzipped(path)] for path in (layer, code)]
    for name in ("pyhanko", "cel-python"):
        alone = folder / name
        copy_alone(layer, name, alone)
        rows.append(
            [f"of the layer: {name}, and what only it needs", zipped(alone), unzipped(alone)]
        )
    title = "Size of the Lambda package in MB (the limit is 250 unzipped, both together)"
    table("package", title, ["", "zipped", "unzipped"], rows)
    print(rows)


def copy_alone(layer: Path, name: str, to: Path) -> None:
    """Copy what would not be in the layer without a requirement."""
    installed = {_plain(one.name): one for one in distributions(path=[str(layer)])}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    others = [one for one in wanted if _plain(Requirement(one).name) != name]
    for one in needed([name], installed) - needed(others, installed):
        for file in installed[one].files or ():
            source = Path(str(file.locate()))
            if source.is_file() and source.is_relative_to(layer):
                target = to / source.relative_to(layer)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)


def needed(wanted: Iterable[str], installed: Mapping[str, Distribution]) -> set[str]:
    """Return the names of all that requirements bring, with their extras."""
    found: set[str] = set()
    left = [Requirement(one) for one in wanted]
    while left:
        one = left.pop()
        name = _plain(one.name)
        if name not in installed or name in found:
            continue
        found.add(name)
        asked = [Requirement(text) for text in installed[name].requires or ()]
        extras = [*one.extras, ""]
        left += [
            each
            for each in asked
            if each.marker is None or any(each.marker.evaluate({"extra": e}) for e in extras)
        ]
    return found


def _plain(name: str) -> str:
    """Return a name as PEP 503 compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def zipped(path: Path) -> str:
    made = Path(shutil.make_archive(str(path), "zip", path))
    return f"{made.stat().st_size / 1e6:.2f}"


def unzipped(path: Path) -> str:
    return f"{sum(f.stat().st_size for f in path.rglob('*') if f.is_file()) / 1e6:.2f}"


if __name__ == "__main__":
    main()
