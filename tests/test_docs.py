"""What documents name is there: commands, options, targets, files, chapters and settings."""

import importlib
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import typer.main

from app import app as _app  # noqa: F401 - importing it registers all tables.
from chalicelib.core.plugins import load_modules
from chalicelib.core.routes import Routes
from chalicelib.core.settings import Settings
from chalicelib.core.tables import Table

ROOT: Final = Path(__file__).parent.parent
RECORDS: Final = ROOT / "docs" / "decisions"
DOCUMENTS: Final = (
    *sorted(ROOT.glob("README*.md")),
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if RECORDS not in page.parents),
)
# Commands of the operator that are groups, by the name that documents shorten them to.
GROUPS: Final = {"ops": "infra.ops"}
# Made, not kept, or a reader's own.
_ELSEWHERE: Final = (
    "15.jsonl",
    "build/",
    "cells.json",
    "city.jsonl",
    "data.json",
    "execution.json",
    "forms/pet-registration.json",
    "infra/stage_files/",
    "mini_program/dist/",
    "person.json",
    "stage/",
)
_MODULE: Final = re.compile(r"python -m ((?:infra|chalicelib|tests)[\w.]*)([^`\n#]*)")
_OF_A_STAGE: Final = re.compile(r"\w+\s+--app build/cdk/(?:dev|STAGE)\b")
_SHORT: Final = re.compile(r"`(ops)\s([^`]*)`")
_NAMES_OF_DIRECTORIES: Final = ("chalicelib", "functions", "infra", "mini_program", "tests")


def _id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def _commands(text: str) -> Iterator[tuple[str, list[str]]]:
    for module, rest in _MODULE.findall(text):
        yield module, rest.split()
    for group, rest in _SHORT.findall(text):
        yield GROUPS[group], rest.split()


@cache
def _source_of(module: str) -> str | None:
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    if found is None or found.origin is None:
        return None
    if found.submodule_search_locations is not None:
        return Path(found.origin).with_name("__main__.py").read_text()
    return Path(found.origin).read_text()


def _options_of(command: Any) -> set[str]:
    return {opt for one in command.params for opt in (*one.opts, *one.secondary_opts)}


def _command_of(module: str) -> Any:
    found = importlib.import_module(module)
    if hasattr(found, "cli"):
        return typer.main.get_command(found.cli)
    alone = typer.Typer()
    alone.command()(found.main)
    return typer.main.get_command(alone)


def _wrong_with(module: str, words: list[str]) -> Iterator[str]:
    source = _source_of(module)
    if source is None:
        yield f"{module}: no such module"
        return
    options = [word for word in words if word.startswith("--")]
    if "typer." not in source:
        yield from (f"{module} {one}" for one in options if f'"{one}"' not in source)
        return
    command = _command_of(module)
    if hasattr(command, "commands") and words and not words[0].startswith("--"):
        found = command.commands.get(words[0])
        if found is None:
            yield f"{module} {words[0]}: no such command"
            return
        command = found
    yield from (f"{module} {one}" for one in options if one not in _options_of(command))


@pytest.mark.parametrize("page", DOCUMENTS, ids=_id)
def test_commands_and_their_options_are_there(page: Path) -> None:
    """As does each option that stands behind one, on its line or in its quotation."""
    found = [
        wrong
        for module, words in _commands(page.read_text())
        for wrong in _wrong_with(module, words)
    ]
    assert found == []


@pytest.mark.parametrize("page", DOCUMENTS, ids=_id)
def test_the_cdk_is_asked_about_what_was_written(page: Path) -> None:
    """In the repository's root, as all commands are typed; it is found there by its name."""
    typed = re.findall(r"(.*)\bcdk ((?:ls|diff|drift|deploy|destroy)\s+-.*)", page.read_text())
    assert [words for before, words in typed if before.endswith("npx ")] == []
    assert [words for _, words in typed if not _OF_A_STAGE.match(words)] == []


def test_targets_of_make_are_there_and_helped() -> None:
    """A reader finds what a document names in `make help`, too."""
    makefile = (ROOT / "Makefile").read_text()
    helped = set(re.findall(r"^([a-z0-9-]+):.*## ", makefile, re.MULTILINE))
    pattern = re.search(r"awk .*'/(\S+)\.\*## /", makefile)
    assert pattern
    assert helped == {one for one in helped if re.match(pattern[1], f"{one}:")}
    named = {
        target
        for page in DOCUMENTS
        for target in re.findall(
            r"(?:`|^ {4}|^)make ([a-z0-9-]+)\b(?=.*(?:`|#|$))", page.read_text(), re.MULTILINE
        )
    }
    assert len(named) > 10
    assert named - helped == set()


def _has_chapter(page: Path, chapter: str) -> bool:
    begins = re.escape(" ".join(chapter.split()))
    return re.search(rf"^#+ {begins}", page.read_text(), re.MULTILINE) is not None


@pytest.mark.parametrize("page", DOCUMENTS, ids=_id)
def test_links_lead_somewhere(page: Path) -> None:
    """So do chapters, when a page is named with one in quotation marks."""
    text = page.read_text()
    links = re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#[^)]*)?\)", text)
    assert [one for one in links if one and not (page.parent / one).exists()] == []
    chapters = [
        *re.findall(r"\[[^\]]*\]\(([^)]+\.md)\), \"([^\"]+)\"", text),
        *(
            (target, chapter)
            for chapter, target in re.findall(
                r"\"([^\"]+)\"\s(?:in|of)\s\[[^\]]*\]\(([^)]+\.md)\)", text
            )
        ),
    ]
    assert [
        (target, chapter)
        for target, chapter in chapters
        if not _has_chapter(page.parent / target, chapter)
    ] == []


@cache
def _files() -> frozenset[str]:
    return frozenset(
        str(file.relative_to(ROOT))
        for top in (*_NAMES_OF_DIRECTORIES, "docs")
        for file in (ROOT / top).rglob("*")
        if "node_modules" not in file.parts
    ) | {file.name for file in ROOT.iterdir()}


@pytest.mark.parametrize("page", DOCUMENTS, ids=_id)
def test_files_are_there(page: Path) -> None:
    """As a whole path, or one within a folder that the text is about; so are bare names."""
    named = re.findall(r"`([\w.][\w./-]*\.(?:py|json|txt|ts|vue|md|toml|jsonl))`", page.read_text())
    assert [
        one
        for one in named
        if not one.startswith(_ELSEWHERE)
        and not any(file == one or file.endswith(f"/{one}") for file in _files())
    ] == []


def test_all_tables_and_their_indexes_are_told() -> None:
    """A table and an index stand in a row of the architecture, and nothing else does."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = text.split("| table | sparse indexes |")[1].split("\n\n")[0].splitlines()[2:]
    told = {
        table: set(re.findall(r"`(\w+)`:", row.split("|")[2]))
        for row in rows
        for table in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    made = {name: {index.name for index in table.indexes} for name, table in Table.registry.items()}
    assert told == made


def test_every_number_is_of_one_decision_or_said_to_be_of_none() -> None:
    """What is skipped stands in the list of decisions; a gap of `9 to 11` is three numbers."""
    taken = [int(page.name[:4]) for page in RECORDS.glob("0*-*.md")]
    assert len(taken) == len(set(taken))
    text = (RECORDS / "README.md").read_text()
    skipped = {
        number
        for line in re.findall(r"^- ([\d, to]+):", text, re.MULTILINE)
        for first, last in re.findall(r"(\d+)(?: to (\d+))?", line)
        for number in range(int(first), int(last or first) + 1)
    }
    assert {*taken} | skipped == {*range(1, max(taken) + 1)}
    assert {*taken} & skipped == set()
    assert [
        page.name
        for page in RECORDS.glob("0*-*.md")
        if not page.read_text().startswith(f"# {int(page.name[:4])}. ")
    ] == []


def _is_route(method: str, path: str) -> bool:
    """Tell whether a path is a route's; where either has a value for any, they are as one there."""
    segments = path.split("/")
    return any(
        method == made
        and len(parts := route.split("/")) == len(segments)
        and all(a == b or "{" in a + b for a, b in zip(segments, parts, strict=True))
        for made, route in Routes.declared
    )


@pytest.mark.parametrize("page", DOCUMENTS, ids=_id)
def test_routes_are_there(page: Path) -> None:
    """A route that is named with its methods is one; of `{a|b}` each is."""
    load_modules("ROUTE_MODULES")
    named = re.findall(r"`((?:[A-Z]{3,6}[/,] ?)*[A-Z]{3,6}) (/v1/[^\s`?]+)", page.read_text())
    assert [
        f"{method} {path}"
        for methods, written in named
        for choice in re.findall(r"\{([^}]*\|[^}]*)\}", written) or [""]
        for one in choice.split("|")
        for path in [written.replace(f"{{{choice}}}", one) if choice else written]
        for method in re.findall(r"[A-Z]+", methods)
        if "…" not in path and not _is_route(method, path)
    ] == []


@cache
def _sources() -> str:
    tops = (ROOT / one for one in (*_NAMES_OF_DIRECTORIES, "app.py", "Makefile"))
    suffixes = {".py", ".ts", ".vue", ".json", ""}
    return "\n".join(
        file.read_text(errors="ignore")
        for top in tops
        for file in ([top] if top.is_file() else top.rglob("*"))
        if file.is_file()
        and file.suffix in suffixes
        and not {"node_modules", "dist"} & set(file.parts)
    )


@pytest.mark.parametrize("page", DOCUMENTS, ids=_id)
def test_settings_are_read(page: Path) -> None:
    """A setting that a document names is one that some program asks for."""
    named = set(re.findall(r"`([A-Z]{2,}(?:_[A-Z0-9]+)+)`", page.read_text()))
    read = {field.name.upper() for field in fields(Settings)}
    assert sorted(one for one in named - read if one not in _sources()) == []
