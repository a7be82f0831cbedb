"""`--indexes-behind N`: suites once more, with every secondary index N seconds behind its table.

A test that looks at what an index answers by now is marked `fresh_index` with its reason, and left
out. The end of a run tells how many queries met an index that was behind.
"""

from collections.abc import Iterator

import pytest

from tests.support import faults

_MET = "indexes_behind"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--indexes-behind", type=float, metavar="SECONDS", help=__doc__)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("indexes_behind") is None:
        return
    fresh = [item for item in items if item.get_closest_marker("fresh_index")]
    config.hook.pytest_deselected(items=fresh)
    items[:] = [item for item in items if item not in fresh]


@pytest.fixture(autouse=True)
def _indexes_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test meet indexes that answer what they answered when they were first asked."""
    seconds = request.config.getoption("indexes_behind")
    if seconds is None:
        yield
        return
    with faults.stale_indexes(seconds) as behind:
        yield
    request.node.user_properties.append((_MET, (behind.asked, behind.old)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found = [
        counted
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, counted in report.user_properties
        if name == _MET
    ]
    if found:
        asked, old = (sum(counts) for counts in zip(*found, strict=True))
        met = sum(1 for _, otherwise in found if otherwise)
        terminalreporter.write_line(
            f"{len(found):,} tests with indexes behind: {asked:,} queries of an index, of them"
            f" {old:,} in {met:,} tests answered otherwise than by now"
        )
