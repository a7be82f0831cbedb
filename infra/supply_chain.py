"""What is deployed of others: `python -m infra.supply_chain [--out FOLDER]`.

Writes `sbom.cdx.json` (CycloneDX 1.6) of the packages of the functions (requirements.txt) and of
the pages (mini_program/package-lock.json, without what only builds them), each with version, hashes
and licence; prints the licences, and ends with 1 when one is unknown or may not be shipped.
"""

import argparse
import base64
import json
import re
import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from infra import commands
from infra.package import ROOT

_LOCKED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)((?:.*\\\n)*.*)", re.MULTILINE)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# What those who wrote no SPDX expression call their licence.
_SPDX: Final[Mapping[str, str]] = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "dual license": "Apache-2.0 OR BSD-3-Clause",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
}
# Where only the text of a licence is in the package, as it was read there.
_READ: Final[Mapping[str, str]] = {
    "cel-python": "Apache-2.0",
    "dom-walk": "MIT",
    "exif-parser": "MIT",
    "python-stdnum": "LGPL-2.1-or-later",
    "qrcode-terminal": "Apache-2.0",
}
# They ask for a notice, or that changes to themselves are given on; none asks for our source.
SHIPPED: Final = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC-BY-4.0",
        "CC0-1.0", "ISC", "LGPL-2.1-or-later", "LGPL-3.0-only", "MIT", "MIT-0", "MIT-CMU",
        "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Component:
    """A package of others as it is locked; `hashes` are of its files, by CycloneDX's names."""

    ecosystem: str
    name: str
    version: str
    hashes: tuple[tuple[str, str], ...]
    licence: str | None

    @property
    def purl(self) -> str:
        """Return its package URL (ECMA-427)."""
        name = self.name.lower() if self.ecosystem == "pypi" else self.name.replace("@", "%40")
        return f"pkg:{self.ecosystem}/{name}@{self.version}"

    @property
    def shipped(self) -> bool:
        """Tell whether we may ship it: by one of the licences offered, and all that it asks."""
        return any(
            all(one in SHIPPED for one in re.split(r" AND ", offered.strip("() ")))
            for offered in re.split(r" OR ", self.licence or "unknown")
        )

    def described(self) -> dict[str, Any]:
        """Return the component as CycloneDX has it."""
        return {
            "type": "library",
            "bom-ref": self.purl,
            "name": self.name,
            "version": self.version,
            "purl": self.purl,
            "hashes": [{"alg": alg, "content": content} for alg, content in self.hashes],
            "licenses": [{"expression": self.licence}] if self.licence else [],
        }


def of_functions(locked: str) -> Iterator[Component]:
    """Return the packages of a requirements file with hashes, as pip locks them."""
    for name, version, rest in _LOCKED.findall(locked):
        hashes = tuple(("SHA-256", one) for one in _HASH.findall(rest))
        yield Component("pypi", name, version, hashes, _licence(name))


def of_pages(locked: Mapping[str, Any]) -> Iterator[Component]:
    """Return the packages of an npm lock file that pages are made of."""
    for path, package in locked["packages"].items():
        if not path or package.get("dev") or package.get("link"):
            continue
        _, _, name = path.rpartition("node_modules/")
        alg, _, digest = package.get("integrity", "").partition("-")
        hashes = ((alg.upper().replace("SHA", "SHA-"), base64.b64decode(digest).hex()),)
        licence = package.get("license") or _READ.get(name)
        yield Component("npm", name, package["version"], hashes if digest else (), licence)


def bom(components: Sequence[Component]) -> dict[str, Any]:
    """Return the bill of materials; the same for the same packages."""
    every = [one.described() for one in sorted(components, key=lambda one: one.purl)]
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(every, sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{number}",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "onetrip", "bom-ref": "onetrip"}},
        "components": every,
        "dependencies": [{"ref": "onetrip", "dependsOn": [one["bom-ref"] for one in every]}],
    }


def deployed() -> list[Component]:
    """Return all packages of others that a release has."""
    pages = json.loads((ROOT / "mini_program" / "package-lock.json").read_text())
    return [*of_functions((ROOT / "requirements.txt").read_text()), *of_pages(pages)]


def _licence(name: str) -> str | None:
    """Return the licence of an installed package as an SPDX expression; None when it tells none."""
    try:
        told: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    expression = told.get("License-Expression")
    classified = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or ()
                  if one.startswith("License")]  # fmt: skip
    for text in (expression, told.get("License"), *classified):
        first = (text or "").strip().splitlines()[:1]
        for said in first:
            known = _SPDX.get(said.lower(), said)
            if expression or known in SHIPPED or " OR " in known:
                return known
    return _READ.get(name)


def main() -> int:
    """Write the bill of materials; return 1 when something may not be shipped."""
    parser = argparse.ArgumentParser(prog="python -m infra.supply_chain", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "supply-chain")
    out = parser.parse_args().out
    components = deployed()
    out.mkdir(parents=True, exist_ok=True)
    (out / "sbom.cdx.json").write_text(json.dumps(bom(components), indent=1))
    for licence, count in Counter(one.licence or "unknown" for one in components).most_common():
        sys.stdout.write(f"{count:5} {licence}\n")
    wrong = [one for one in components if not one.shipped]
    for one in wrong:
        sys.stdout.write(f"may not be shipped: {one.purl} ({one.licence or 'unknown'})\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    with commands.plainly():
        sys.exit(main())
