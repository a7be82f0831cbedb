from collections.abc import Iterator

import pytest

from tests.identity.providers.scripted import Script, scripted


@pytest.fixture
def script() -> Iterator[Script]:
    """A platform that answers what the test says."""
    with scripted() as script:
        yield script
