"""One embedded engine for each test process; the settings stand before anything reads them."""

import atexit
import gc
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from infra.local import secrets
from infra.local.engine import Engine, free_port
from infra.local.stand_ins import MESSAGE_TEMPLATES
from tests.payments import outside

_FOLDER = Path(tempfile.mkdtemp(prefix="onetrip-test-"))
_ENGINE = Engine()
secrets.ensure(_FOLDER / "secrets.json")
os.environ |= {
    "STAGE": "test",
    "SECRETS_FILE": str(_FOLDER / "secrets.json"),
    "CLOCK_FILE": str(_FOLDER / "clock"),
    "DEMONSTRATION": "1",
    # As on one machine: timers run often here, and ask each bucket.
    "INDEX_BUCKETS": "4",
    "IDENTITY_AUTHORITIES": "embedded",
    "MESSAGE_TEMPLATES": str(MESSAGE_TEMPLATES),
    "AWS_ENDPOINT_URL": _ENGINE.url,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "cn-north-1",
    "ALLOWED_ORIGINS": "https://hall.example",
    "LOGIN_ATTEMPTS_PER_MINUTE": "100000",
    "WECHAT_APP_ID": "wx-test",
    "ALIPAY_APP_ID": "2026000000000000",
    # The port is that of the money's stand-ins, which tests/payments starts.
    **outside.SETTINGS,
    "BUSINESS_REGISTER": "embedded",
    "REGISTERS": "embedded",
    "DRAW_BEACON": "embedded",
    "COURIER_TRUSTED_ORIGINS": f"http://127.0.0.1:{free_port()}",
}

import pytest  # noqa: E402 - the settings come first.
from argon2 import PasswordHasher  # noqa: E402
from hypothesis import settings  # noqa: E402
from xdist.scheduler import LoadFileScheduling  # noqa: E402

from tests.support.client import ApiClient  # noqa: E402
from tests.support.clock import TestClock  # noqa: E402
from tests.support.system import ROOT, System  # noqa: E402
from tests.webhooks.receiver import Receiver  # noqa: E402

# Fixtures of several rooms; imported when the settings stand.
pytest_plugins = ("tests.support.fixtures", "tests.support.late_indexes")
# A test leaves little garbage; looking for it often would be a tenth of the work.
gc.set_threshold(100_000, 50, 100)
# How fast a machine is says nothing about whether a rule holds.
settings.register_profile("onetrip", deadline=None)
settings.load_profile("onetrip")


# The tests that play against a whole run, in their order; two runs share them about evenly.
_RUNS = (
    (
        "tests/e2e/",
        *(f"tests/pages/test_{name}.py" for name in ("every_page", "journey", "opening")),
    ),
    ("tests/pages/",),
)
_ORDER = [place for run in _RUNS for place in run]


class _TwoRuns(LoadFileScheduling):
    """Gives each file to one process, and all that play against the same run to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        played = (f"run {n}" for n, places in enumerate(_RUNS) if nodeid.startswith(places))
        return next(played, None) or str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return _TwoRuns(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # What takes longest begins first, and a long file takes long. Pages are built meanwhile.
    items.sort(key=lambda item: (_rank(item.nodeid), -item.path.stat().st_size))


def _rank(nodeid: str) -> int:
    return next((n for n, place in enumerate(_ORDER) if nodeid.startswith(place)), len(_ORDER))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine, with all tables made, asked the short way.

    What carries a request is tested by who listens to it, in deployed stages and by whole runs.
    """
    from app import app as _app  # noqa: F401 - importing it registers all tables.
    from chalicelib.catalogue.service import publishing
    from chalicelib.core import table_definitions, tables
    from chalicelib.identity.staff.service import passwords
    from infra.local import resources, shortcut

    _ENGINE.start()
    atexit.register(_ENGINE.stop)
    short_way = ExitStack()
    short_way.enter_context(shortcut.opened())
    atexit.register(short_way.close)
    # What makes guessing dear for a stranger would make every log-in of a test dear.
    pytest.MonkeyPatch().setattr(passwords, "_hasher", lambda: PasswordHasher(1, 8, 1))
    for table in tables.Table.registry.values():
        table_definitions.create(table)
    resources.create_bucket()
    resources.create_anchor_bucket()
    publishing.publish_demonstration()
    return _ENGINE


# DynamoDB's bound of one batch of writes.
_MOST_AT_ONCE = 25
# Everybody's accounts, and what all services and halls are, are of use to each file.
_LASTING = {"catalogue", "identity", "keys"}


@pytest.fixture(scope="module", autouse=True)
def _own_tables(request: pytest.FixtureRequest) -> None:
    """Let each file begin with empty tables of its room, whatever came before it."""
    from chalicelib.core import tables

    known, parts = tables.Table.registry, request.node.path.relative_to(ROOT).parts
    own = known.keys() & set(parts)
    # Each anchor names the one before, whatever it anchors.
    for room in own | {"anchors"} if own else known:
        if _ENGINE.pid and room not in _LASTING:
            _empty(known[room].name)


def _empty(name: str) -> None:
    """Delete all items; what follows the table's stream goes on."""
    from chalicelib.core import tables

    database: Any = tables.client()
    scan = database.get_paginator("scan").paginate(TableName=name, ProjectionExpression="pk, sk")
    deletions = [{"DeleteRequest": {"Key": key}} for page in scan for key in page["Items"]]
    for start in range(0, len(deletions), _MOST_AT_ONCE):
        some = deletions[start : start + _MOST_AT_ONCE]
        database.batch_write_item(RequestItems={name: some})


@pytest.fixture
def client(engine: Engine) -> ApiClient:
    """A client of the API, in this process."""
    return ApiClient()


@pytest.fixture(scope="session")
def receiver(engine: Engine) -> Iterator[Receiver]:
    """The endpoints of all couriers of the tests of this process."""
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def clock() -> Iterator[TestClock]:
    """The product's clock, to be set; it is right again after the test."""
    clock = TestClock(_FOLDER / "clock")
    yield clock
    clock.reset()


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A whole run in processes of its own, one for all tests of this process that need one."""
    system = System(tmp_path_factory.mktemp("run"))
    yield system
    for person in system.people:
        person.close()
    system.stop(gently=True)
