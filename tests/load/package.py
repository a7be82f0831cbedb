"""Size of the Lambda package: `python -m tests.load.package` installs and zips what is deployed."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

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
    title = "Size of the Lambda package in MB (the limits are 50 zipped and 250 unzipped)"
    table("package", title, ["", "zipped", "unzipped"], rows)
    print(rows)


def zipped(path: Path) -> str:
    made = Path(shutil.make_archive(str(path), "zip", path))
    return f"{made.stat().st_size / 1e6:.2f}"


def unzipped(path: Path) -> str:
    return f"{sum(f.stat().st_size for f in path.rglob('*') if f.is_file()) / 1e6:.2f}"


if __name__ == "__main__":
    main()
