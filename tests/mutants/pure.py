"""Leaves out the tests that need the engine: the rules of a domain are held by tests without it."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = [one for one in items if "engine" not in getattr(one, "fixturenames", ())]
