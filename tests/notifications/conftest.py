from collections.abc import Iterator

import pytest

from infra.local.engine import Engine
from tests.notifications.world import Platforms, platforms


@pytest.fixture
def phones(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platforms]:
    """WeChat and Alipay, which take our messages."""
    with platforms(monkeypatch) as found:
        yield found
