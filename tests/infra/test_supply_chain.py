"""The bill of materials has what is locked, and nothing that may not be shipped."""

import base64
import json
import re

import pytest

from infra import supply_chain
from infra.package import ROOT
from infra.supply_chain import Component

LOCKED = """
pydantic==2.14.4 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
    # via chalice
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:{c}
    # via pytest
""".format(a="a" * 64, b="b" * 64, c="c" * 64)  # fmt: skip


def component(licence: str | None) -> Component:
    return Component("npm", "@x/y", "1.0", (), licence)


def test_locked_packages_are_read_with_their_hashes() -> None:
    first, second = supply_chain.of_functions(LOCKED)
    assert (first.purl, first.licence) == ("pkg:pypi/pydantic@2.14.4", "MIT")
    assert first.hashes == (("SHA-256", "a" * 64), ("SHA-256", "b" * 64))
    # Of another platform, so nobody can ask it for its licence here.
    assert (second.version, second.licence, second.shipped) == ("0.4.6", None, False)


def test_packages_that_only_build_the_pages_are_left_out() -> None:
    digest = base64.b64encode(b"x" * 64).decode()
    locked = {
        "packages": {
            "": {"name": "pages"},
            "node_modules/@x/y": {
                "version": "1.0",
                "license": "ISC",
                "integrity": f"sha512-{digest}",
            },
            "node_modules/a/node_modules/b": {"version": "2.0", "license": "MIT"},
            "node_modules/tool": {"version": "3.0", "license": "GPL-3.0-only", "dev": True},
        }
    }  # fmt: skip
    found = {one.purl: one for one in supply_chain.of_pages(locked)}
    assert {*found} == {"pkg:npm/%40x/y@1.0", "pkg:npm/b@2.0"}
    assert found["pkg:npm/%40x/y@1.0"].hashes == (("SHA-512", (b"x" * 64).hex()),)


@pytest.mark.parametrize(
    ("licence", "shipped"),
    [
        ("MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("(MIT AND Zlib)", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("SSPL-1.0", False),
        ("UNLICENSED", False),
        (None, False),
    ],
)
def test_what_may_be_shipped_is_told_by_all_that_a_licence_asks(
    licence: str | None, *, shipped: bool
) -> None:
    assert component(licence).shipped is shipped


def test_all_that_is_deployed_is_listed_and_may_be_shipped() -> None:
    deployed = supply_chain.deployed()
    assert [one.purl for one in deployed if not one.shipped] == []
    assert all(one.hashes for one in deployed)
    bom = supply_chain.bom(deployed)
    listed = {one["purl"] for one in bom["components"]}
    locked = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert {f"pkg:pypi/{name.lower()}@{version}" for name, version in locked} <= listed
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bom["serialNumber"])
    assert json.dumps(bom) == json.dumps(supply_chain.bom([*reversed(deployed)]))
