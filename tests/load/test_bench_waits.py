"""How far the forecast of waits is from what people wait, on simulated days."""

from statistics import median

import pytest

from tests.appointments.hall_day import Day
from tests.load import report

pytestmark = pytest.mark.slow
_SPANS = ((5, 15), (15, 30), (30, 60), (60, 600))


def test_figures_of_waits() -> None:
    waits = [
        (told / 60, waited / 60)
        for seed in range(30)
        for told, waited in Day(seed).run()
        if waited >= 300
    ]
    rows = []
    for low, high in (*_SPANS, (5, 600)):
        errors = [abs(told - was) / was for told, was in waits if low <= was < high]
        far = sum(1 for told, was in waits if low <= was < high and abs(told - was) <= 5)
        rows.append(
            (
                f"{low}-{high} minutes",
                len(errors),
                f"{median(errors):.0%}",
                f"{far / len(errors):.0%}",
            )
        )
    report.table(
        "waits",
        "Waiting in a hall: what people are told on arrival, 30 simulated days of 7 counters",
        ("who waited", "people", "median error", "right within 5 minutes"),
        rows,
    )
    assert median(abs(told - was) / was for told, was in waits) <= 0.25
