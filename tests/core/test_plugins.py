import sys
from pathlib import Path

import pytest

from chalicelib import registry
from chalicelib.core import plugins


@pytest.fixture
def point(monkeypatch: pytest.MonkeyPatch) -> str:
    """An extension point of which the second name is of a module that does not exist."""
    names = {"pi": "math:pi", "gone": "no.such.module:x"}
    monkeypatch.setattr(registry, "OF_A_TEST", names, raising=False)
    return "OF_A_TEST"


def test_only_what_is_asked_for_is_imported(point: str) -> None:
    assert plugins.registered_as(point, "pi") == plugins.resolve("math:pi")
    assert plugins.registered_as(point, "e") is None
    with pytest.raises(ImportError):
        plugins.registered_as(point, "gone")
    with pytest.raises(AttributeError):
        plugins.resolve("math:no_such_name")


def test_a_module_is_imported_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "module_of_a_test.py").write_text("made = object()\n")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        made = plugins.load_module("module_of_a_test").made
        assert plugins.resolve("module_of_a_test:made") is made
    finally:
        sys.modules.pop("module_of_a_test", None)
