import logging
from collections.abc import Iterator

import pytest

from tests.identity.providers.scripted import Kept, Script, scripted


@pytest.fixture
def script() -> Iterator[Script]:
    """A platform that answers what the test says."""
    with scripted() as script:
        yield script


@pytest.fixture
def log() -> Iterator[Kept]:
    """All that we and the HTTP library say, at the most talkative level."""
    kept = Kept()
    loggers = [logging.getLogger("onetrip.identity"), logging.getLogger("urllib3")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(kept)
        logger.setLevel(logging.DEBUG)
    yield kept
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(kept)
        logger.setLevel(level)
