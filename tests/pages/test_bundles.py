"""What is shipped: small, whole, and with nothing in it that only a browser has."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from infra import pages
from tests.load.report import table
from tests.pages.browser import Phone
from tests.pages.inspection import first_load

WECHAT_LIMIT = 400_000
# A text's key in quotes is none of them.
BROWSER_ONLY = re.compile(
    r"(?<!['\"])\b(?:document|window|navigator|localStorage|sessionStorage|XMLHttpRequest)\.\w+|\bfetch\("
)
SECRETS = re.compile(r"PRIVATE KEY|whsec_|sk_(?:test|live)_|api_?key", re.IGNORECASE)


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def main_package(folder: Path) -> int:
    """Return the size without the subpackages, which WeChat loads apart."""
    apart = json.loads((folder / "app.json").read_text())["subPackages"]
    return size(folder) - sum(size(folder / one["root"]) for one in apart)


def pages_of_sources() -> set[str]:
    """Return every page that there is; files of parts begin with a large letter."""
    source = pages.HERE / "src"
    return {
        str(file.relative_to(source).with_suffix(""))
        for folder in (
            "pages",
            "bills",
            "certificates",
            "deliveries",
            "draws",
            "questions",
            "rights",
            "open",
            "staff",
            "hall",
        )
        for file in (source / folder).glob("[a-z]*.vue")
    }


@pytest.mark.parametrize("target", ["mp-weixin", "mp-alipay"])
def test_a_bundle_runs_in_a_bare_engine(target: str) -> None:
    made = pages.build(target)
    done = subprocess.run(
        ["node", "tests/bundle.mjs", target],
        cwd=pages.HERE,
        env=pages.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counted = json.loads(done.stdout)
    declared = json.loads((made / "app.json").read_text())
    parts = [page for part in declared["subPackages"] for page in part["pages"]]
    assert counted["pages"] == len(declared["pages"]) + len(parts)
    apart = [f"{one['root']}/{name}" for one in declared["subPackages"] for name in one["pages"]]
    assert {*declared["pages"], *apart} == pages_of_sources()
    ours = [file for file in made.rglob("*.js") if file.name != "vendor.js"]
    assert {str(f): BROWSER_ONLY.findall(f.read_text()) for f in ours} == {str(f): [] for f in ours}


@pytest.mark.parametrize("target", pages.TARGETS)
def test_a_bundle_holds_no_secret_and_no_foreign_host(target: str) -> None:
    made = pages.build(target)
    for file in made.rglob("*"):
        if file.suffix in (".js", ".css", ".html", ".json", ".wxss", ".acss"):
            text = file.read_text()
            assert not SECRETS.search(text), file
            assert not re.search(r"url\([\"']?https?:", text), file


def test_wechat_s_main_package_is_small() -> None:
    assert main_package(pages.build("mp-weixin")) <= WECHAT_LIMIT


@pytest.mark.slow
def test_report_the_sizes(phone: Phone) -> None:
    wechat, alipay = pages.build("mp-weixin"), pages.build("mp-alipay")
    rows: list[list[object]] = [
        ["WeChat, main package", f"{main_package(wechat) / 1000:.0f}", 400],
        ["WeChat, with the subpackages", f"{size(wechat) / 1000:.0f}", ""],
        ["Alipay, with the subpackages", f"{size(alipay) / 1000:.0f}", ""],
        ["H5, first load, gzipped", f"{first_load(phone) / 1000:.0f}", 150],
    ]
    table("pages", "Size of the pages", ["bundle", "kB", "limit"], rows)


def test_wechat_hears_of_the_consent_before_any_private_interface() -> None:
    made = pages.build("mp-weixin")
    assert json.loads((made / "app.json").read_text())["__usePrivacyCheck__"] is True
    page = (made / "pages" / "login.wxml").read_text()
    assert "bindagreeprivacyauthorization=" in page
