"""Everything is killed at once, the engine too: what was answered is there and takes effect once.

`make kill` does it twenty times.
"""

import random
import time
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config

from chalicelib.core import aws, table_definitions, tables
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from functions import manifest
from functions.manifest import Function, Queue
from infra.local import resources
from infra.local.engine import Engine
from infra.local.functions import Process
from tests.support import effects

ENTRIES = "onetrip-cut-entries"
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 21))]
WORKER = Function("cut_effects", (Queue(("cut.",), attempts=15),), timeout_seconds=2)


@pytest.fixture
def other_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine that keeps its state, to which this process and its children speak."""
    engine = Engine(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", engine.url)
    make = botocore.session.Session().create_client

    @cache
    def client(name: str) -> Any:
        config = Config(retries={"total_max_attempts": 2}, read_timeout=20)
        return make(name, SETTINGS.region, endpoint_url=engine.url, config=config)

    monkeypatch.setattr(aws, "client", client)
    monkeypatch.setattr(tables, "client", lambda: client("dynamodb"))
    monkeypatch.setattr(manifest, "FUNCTIONS", (WORKER,))
    return engine


def start() -> list[Process]:
    queue = SETTINGS.queue(WORKER.queue_name)
    processes = [
        Process("stream", "functions.entry.publish_events"),
        Process("queue", "tests.support.effects.handler", queue, str(WORKER.timeout_seconds)),
    ]
    for process in processes:
        process.start()
    return processes


def kept() -> set[str]:
    """Return the events of all entries that are in the table."""
    pages = effects.database().get_paginator("scan").paginate(TableName=ENTRIES)
    items = [item for page in pages for item in page["Items"]]
    return {f"{item['subject']['S']}.{item['seq']['N']}" for item in items}


@pytest.mark.parametrize("seed", SEEDS)
def test_each_entry_that_was_answered_before_the_cut_takes_effect_once(
    other_engine: Engine, seed: int
) -> None:
    chance, group = random.Random(seed), new_id(8)
    other_engine.start()
    resources.create()
    effects.create(effects.TABLE)
    effects.create(ENTRIES, stream=True)
    # Ends of histories are noted before they are published.
    table_definitions.create(tables.Table.registry["anchors"])
    dead = resources.queue(SETTINGS.queue(WORKER.dead_letters_name), {})
    resources.connect(WORKER, SETTINGS.event_bus, dead)
    processes = start()
    time.sleep(1.5)
    until = time.monotonic() + chance.uniform(1.5, 3)
    number, answered = 0, set[str]()
    while time.monotonic() < until:
        made = effects.entries(f"{group}-{number}", "cut.made", 5)
        effects.write(ENTRIES, made)
        answered |= {f"{entry.subject}.{entry.seq}" for entry in made}
        number += 1
        time.sleep(0.02)
    other_engine.kill()
    for process in processes:
        process.stop()
    other_engine.start()
    processes = start()
    try:
        entries = kept()
        assert len(answered) > 50
        assert entries == answered
        deadline = time.monotonic() + 60
        while effects.counted(group) < len(entries) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert set(effects.marks(group)) == entries
        assert effects.counted(group) == len(entries)
    finally:
        for process in processes:
            process.stop()
        other_engine.kill()
