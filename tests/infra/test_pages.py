"""How the packages of the pages are fetched."""

import json
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra import pages

LOCK: dict[str, Any] = json.loads((pages.HERE / "package-lock.json").read_text())
REGISTRY = "https://mirror.example/npm/"


def test_each_package_has_its_tarball_and_its_sum() -> None:
    named = pages.with_tarballs(LOCK, REGISTRY)["packages"]
    assert named.keys() == LOCK["packages"].keys()
    for where, package in named.items():
        before = LOCK["packages"][where]
        if where:
            assert package.pop("resolved").startswith(REGISTRY)
            assert before["integrity"].startswith("sha512-")
        assert package == before


@pytest.mark.parametrize(
    ("where", "tarball"),
    [
        ("node_modules/vue", "vue/-/vue-3.4.21.tgz"),
        (
            "node_modules/@dcloudio/uni-app/node_modules/@vue/shared",
            "@vue/shared/-/shared-3.4.21.tgz",
        ),
    ],
)
def test_the_tarball_is_where_a_registry_keeps_it(where: str, tarball: str) -> None:
    lock = {"packages": {where: {"version": "3.4.21", "integrity": "sha512-AA=="}}}
    [package] = pages.with_tarballs(lock, REGISTRY)["packages"].values()
    assert urlsplit(package["resolved"]).path == f"/npm/{tarball}"


def test_a_package_under_another_name_is_fetched_by_its_own() -> None:
    one = {"name": "rollup", "version": "4.0.0", "integrity": "sha512-AA=="}
    lock = {"packages": {"node_modules/bundler": one}}
    [package] = pages.with_tarballs(lock, REGISTRY)["packages"].values()
    assert package["resolved"].endswith("/rollup/-/rollup-4.0.0.tgz")


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_registry_that_keeps_them_elsewhere_is_asked_the_long_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, elsewhere: bool
) -> None:
    (tmp_path / "package-lock.json").write_text(json.dumps(LOCK))
    shrinkwrap = tmp_path / "npm-shrinkwrap.json"
    quick: list[bool] = []

    def npm(*words: str) -> str:
        if words == ("ci",):
            quick.append(shrinkwrap.exists())
            if elsewhere and shrinkwrap.exists():
                raise CalledProcessError(1, "npm ci")
        return f"{REGISTRY}\n"

    monkeypatch.setattr(pages, "HERE", tmp_path)
    monkeypatch.setattr(pages, "npm", npm)
    pages._install_quickly()
    assert quick == ([True, False] if elsewhere else [True])
    assert not shrinkwrap.exists()


def test_packages_are_fetched_when_one_of_the_lock_is_not_there_or_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "package-lock.json").write_text(json.dumps(LOCK))
    monkeypatch.setattr(pages, "HERE", tmp_path)
    assert not pages._is_installed()
    record = tmp_path / "node_modules" / ".package-lock.json"
    record.parent.mkdir()
    # What npm writes down has no optional packages of other machines, and no root.
    there = {w: p for w, p in LOCK["packages"].items() if w and not p.get("optional")}
    extra = {"integrity": "sha512-AA=="}
    for packages, is_installed in (
        (there, True),
        ({**there, "node_modules/more": extra}, True),
        ({**there, "node_modules/vue": extra}, False),
        ({w: p for w, p in there.items() if w != "node_modules/vue"}, False),
    ):
        record.write_text(json.dumps({"packages": packages}))
        assert pages._is_installed() == is_installed


@pytest.mark.parametrize(
    ("named", "done"),
    [
        ([], ["h5", "mp-weixin", "mp-alipay"]),
        (["mp-alipay", "check"], ["mp-alipay", "check"]),
    ],
    ids=str,
)
def test_what_is_named_is_built_and_everything_where_nothing_is(
    monkeypatch: pytest.MonkeyPatch, named: list[str], done: list[str]
) -> None:
    made: list[str] = []
    monkeypatch.setattr(pages, "build", made.append)
    monkeypatch.setattr(pages, "check", lambda: made.append("check"))
    monkeypatch.setattr("sys.argv", ["infra.pages", *named])
    pages.main()
    assert made == done
