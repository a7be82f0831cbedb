from collections.abc import Iterator

import pytest

from infra.local.engine import Engine
from tests.deliveries.receiver import Receiver


@pytest.fixture(scope="session")
def receiver(engine: Engine) -> Iterator[Receiver]:
    """The endpoints of all couriers of these tests."""
    receiver = Receiver()
    yield receiver
    receiver.stop()
