"""The bill's sums are right by hand, and docs/cost.md is what the counts say."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from chalicelib.core.routes import Routes
from functions import manifest
from infra import stages
from infra.costs import page
from infra.costs.bill import SERVICES, Biller, UseCase
from infra.costs.counts import Count, counts, total
from tests.infra.conftest import Templates

MONTH = json.loads((Path(page.__file__).parent / "month.json").read_text())
SECONDS = {"function, a million GB": 10}
BENCHMARKS = """
<!-- budgets -->
## Budgets

| operation | measured | budget |
| --- | --- | --- |
| book | 8 / 0.5 / 2 | 8 / 1 / 2 |
<!-- /budgets -->
<!-- telling-bills -->
| operation | WCU | RCU | trips | budget |
| --- | --- | --- | --- | --- |
| tell | 4 | 1 | 5 | 4 / 1 / 5 |
<!-- /telling-bills -->
<!-- payments -->
| operation | way | measured | budget |
| --- | --- | --- | --- |
| begin | alipay/web | 7 / 1 / 2 | 8 / 2 / 2 |
<!-- /payments -->
<!-- everyday -->
| operation | measured | KMS |
| --- | --- | --- |
| see | 0 / 1 / 1 | 1 |
<!-- /everyday -->
<!-- cpu -->
|  | ratio |
| --- | --- |
| book | 1.51 |
<!-- /cpu -->
"""


def biller(assumed: Mapping[str, float], prices: Mapping[str, float]) -> Biller:
    """One to whom nothing costs anything and takes any time, but what is named."""
    named = json.loads(page.PRICES.read_text())["prices"]
    free = dict.fromkeys(named, 0.0)
    of = {name: next(one for one in named if one.startswith(name)) for name in prices}
    free |= {of[name]: price for name, price in prices.items()}
    return Biller(counts(BENCHMARKS), {**dict.fromkeys(MONTH["assumed"], 0.0), **assumed}, free)


def test_counts_are_read_from_every_kind_of_table() -> None:
    assert counts(BENCHMARKS) == {
        "budgets: book": Count(8, 0.5, 2),
        "telling-bills: tell": Count(4, 1, 5),
        "payments: begin, alipay/web": Count(7, 1, 2),
        "everyday: see": Count(0, 1, 1, 1),
    }
    assert total(counts(BENCHMARKS), {"budgets: book": 2, "everyday: see": 0.5}) == Count(
        16, 1.5, 4.5, 0.5
    )
    with pytest.raises(KeyError):
        total(counts(BENCHMARKS), {"budgets: never metered": 1})


@pytest.mark.parametrize(
    ("service", "price", "assumed", "expected"),
    [
        ("gateway", {"gateway": 3.5}, {}, 3 * 3.5),
        ("database", {"database, a million write": 0.5}, {"publish_write_units": 2}, 13),
        ("database", {"database, a million read": 0.5}, {}, 1.5),
        ("keys", {"keys, a million": 3.0}, {}, 3.0),
        ("functions", {"function, a million starts": 0.2}, {"queues_an_event": 4}, 3.6),
        # Three requests of 10 ms, and five round trips of 2 ms: 40 ms on half a GB.
        ("functions", SECONDS, {"cpu_ms": 10, "call_ms": 2, "api_gb": 0.5}, 0.2),
        # A worker waits for five round trips of 2 ms, publishes three entries in 10 ms each.
        ("functions", SECONDS, {"publish_ms": 10, "call_ms": 2, "worker_gb": 1}, 0.4),
        ("functions", SECONDS, {"delivery_ms": 10, "queues_an_event": 2, "worker_gb": 1}, 0.6),
        ("events", {"bus": 1.0}, {}, 3.0),
        ("events", {"queues": 0.4}, {"queues_an_event": 2, "calls_a_message": 3}, 18 * 0.4),
        ("logs and traces", {"logs": 1.0}, {"log_bytes_a_request": 1000}, 3.0),
        ("logs and traces", {"traces": 5.0}, {"traced_share": 0.5}, 4 * 0.5 * 5.0),
        ("storage and traffic", {"database and": 0.5}, {"months_kept": 12}, 12 * 10 * 0.5),
        ("storage and traffic", {"files, a GB": 0.02}, {"months_kept": 12}, 12 * 4000 * 0.02),
        ("storage and traffic", {"files, a million writes": 5.0}, {}, 10.0),
        ("storage and traffic", {"traffic": 0.1}, {"answer_kb": 5}, 15 * 0.1 + 4000 * 0.1),
    ],
)
def test_a_million_times_costs_what_the_hand_says(
    service: str, price: dict[str, float], assumed: dict[str, float], expected: float
) -> None:
    case = UseCase(
        times=1e6,
        requests={"budgets: book": 2, "everyday: see": 1},
        told={"telling-bills: tell": 1},
        entries=3,
        database_kb=10,
        files=2,
        files_mb=4,
    )
    sums = biller(assumed, price).once(case)
    assert sums[service] * 1e6 == pytest.approx(expected)
    assert sum(sums.values()) == pytest.approx(sums[service])


def test_what_is_there_without_any_use() -> None:
    there = {**dict.fromkeys(MONTH["fixed"], 0.0), "timers_a_minute": 2, "held_ready": 3}
    there["parts_a_minute"] = 5
    assumed = {
        "timer_ms": 500,
        "worker_gb": 0.5,
        "timer_read_units": 32,
        "api_gb": 2,
        "calls_a_message": 3,
    }
    prices = {"function, a million GB": 10, "database, a million read": 1, "queues": 2}
    sums = biller(assumed, prices).fixed(there)
    assert sums["functions"] == pytest.approx(86_400 * 0.5 * 0.5 * 10 / 1e6)
    assert sums["database"] == pytest.approx(86_400 * 32 / 1e6)
    assert sums["events"] == pytest.approx(5 * 43_200 * 3 * 2 / 1e6)
    asked = biller({"polls_a_queue_a_minute": 15}, {"queues": 2}).fixed({**there, "queues": 4})
    assert asked["events"] == pytest.approx(4 * 15 * 43_200 * 2 / 1e6)
    held = biller(assumed, {"function held": 4}).fixed(there)["functions"]
    assert held == pytest.approx(3 * 43_200 * 60 * 2 * 4 / 1e6)
    watched = {**there, "alarms": 10, "dashboards": 2, "metrics": 4, "keys": 3, "secrets": 2}
    each = {"alarms": 0.1, "dashboards": 3, "metrics": 0.3, "keys, one": 1, "secrets": 0.4}
    sums = biller({}, each).fixed(watched)
    assert [sums["logs and traces"], sums["keys"]] == pytest.approx([8.2, 3.8])


def test_the_page_is_what_the_files_say() -> None:
    of = page.month()
    # `make cost` writes it anew.
    assert page.PAGE.read_text() == page.page(of)
    sums = of.sums()
    assert all(one.keys() == {*SERVICES} for one in sums.values())
    assert all(value >= 0 for one in sums.values() for value in one.values())


def test_a_month_assumes_the_product_as_it_is() -> None:
    timers = [(f, s.minutes) for f in manifest.FUNCTIONS for s in f.schedules if s.minutes]
    parts = sum(f.parts / minutes for f, minutes in timers)
    assert MONTH["fixed"]["parts_a_minute"] == pytest.approx(parts, rel=0.1)
    by_minute = parts + sum(1 / minutes for _, minutes in timers)
    assert MONTH["fixed"]["timers_a_minute"] == pytest.approx(by_minute, rel=0.1)
    read = len(manifest.with_queues()) + sum(bool(f.parts) for f in manifest.FUNCTIONS)
    assert MONTH["fixed"]["queues"] == read
    assert MONTH["fixed"]["held_ready"] == sum(stages.load("production").ready.values())
    assert MONTH["assumed"]["routes"] == pytest.approx(len(Routes.declared), rel=0.1)


def test_a_month_pays_for_what_the_templates_have(written: Path) -> None:
    production = Templates("production", written / "production")
    kinds = {
        "alarms": "CloudWatch::Alarm",
        "dashboards": "CloudWatch::Dashboard",
        "keys": "KMS::Key",
        "secrets": "SecretsManager::Secret",
    }
    there = {name: len(production.resources(f"AWS::{kind}")) for name, kind in kinds.items()}
    assert {name: MONTH["fixed"][name] for name in kinds} == pytest.approx(there, rel=0.05)
