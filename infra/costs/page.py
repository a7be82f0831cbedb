"""docs/cost.md: the bill of a prefecture's month, a province's, and what was changed for it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra import commands
from infra.commands import CommandError
from infra.costs.bill import SERVICES, Biller, Sums, UseCase
from infra.costs.counts import counts

_HERE: Final = Path(__file__).parent
_ROOT: Final = _HERE.parent.parent
PAGE: Final = _ROOT / "docs" / "cost.md"
PRICES: Final = _HERE / "prices.json"
_BENCHMARKS: Final = _ROOT / "docs" / "benchmarks.md"
_MONTH: Final = _HERE / "month.json"
_FIXED: Final = "what is there without any use"
_HEAD: Final = """# What it costs

`make cost` writes this page from the metered counts of [benchmarks](benchmarks.md), a month's loads
and what is assumed of a request (`infra/costs/month.json`), and a price file. A test holds that the
page is what these say. Prices are {of}
(`infra/costs/prices.json`); for another region, as China's, give a file of the same shape:
`python -m infra.costs --prices FILE`. Nothing here was ever billed.

A province is {cells} cells, each a stage of its own ([deploying](deploy.md)): it costs {cells}
times a prefecture, and what is there without any use is paid in each.
"""
_TAIL: Final = """
## What is assumed

Write units, read units, round trips and calls of KMS are metered. These are not, and the
first three decide most:

{assumed}.

The database is not the bill: gateway, functions, logs and files are. So a refusal in a rush costs
little beside its request, and what lowers the bill is fewer requests of the pages.
"""


@dataclass(frozen=True, slots=True)
class Month:
    """The use cases of a prefecture, a cell's sums by use case, and what a cell has in any case."""

    biller: Biller
    cases: Mapping[str, UseCase]
    there: Mapping[str, float]
    cells: int
    prices_of: str
    kms_before: Mapping[str, float]

    def sums(self) -> dict[str, Sums]:
        """Return a month of a prefecture, by use case and service."""
        found = {
            name: {service: each * case.times for service, each in self.biller.once(case).items()}
            for name, case in self.cases.items()
        }
        return {**found, _FIXED: self.biller.fixed(self.there)}


def month(prices: Path = PRICES) -> Month:
    """Return the month that the files describe; raises KeyError for what was never metered."""
    said, priced = json.loads(_MONTH.read_text()), _priced(prices)
    counted = counts(_BENCHMARKS.read_text())
    biller = Biller(counted, said["assumed"], priced["prices"])
    cases = {name: UseCase(**case) for name, case in said["use_cases"].items()}
    cells, before = said["cells_of_a_province"], said["calls_of_kms_before"]
    return Month(biller, cases, said["fixed"], cells, priced["of"], before)


def _priced(file: Path) -> dict[str, Any]:
    """Return what a price file has; raises CommandError when it is not one of the same shape."""
    ours = json.loads(PRICES.read_text())
    found = commands.read_json(file)
    if not isinstance(found, dict) or not isinstance(found.get("prices"), dict):
        raise CommandError(f"{file} is no price file: write one of the shape of {PRICES}")
    lacking = {*ours, *ours["prices"]} - {*found, *found["prices"]}
    wrong = [name for name, price in found["prices"].items() if not isinstance(price, int | float)]
    if lacking or wrong:
        named = ", ".join(sorted({*lacking, *wrong}))
        raise CommandError(f"{file} lacks these, or they are no numbers: {named}")
    return found


def page(of: Month) -> str:
    """Return the page."""
    head = _HEAD.format(of=of.prices_of, cells=of.cells)
    tail = _TAIL.format(assumed=_said(of.biller.assumed))
    return "\n".join([head, *_bill(of), "", *_changed(of), tail])


def _bill(of: Month) -> Iterator[str]:
    sums = of.sums()
    whole = {service: sum(one[service] for one in sums.values()) for service in SERVICES}
    yield "## A month of a prefecture, in USD\n"
    rows = [
        [name, _times(of, name), *(_usd(one[service]) for service in SERVICES), _usd(_sum(one))]
        for name, one in sums.items()
    ]
    rows.append(["**a prefecture**", "", *map(_usd, whole.values()), f"**{_usd(_sum(whole))}**"])
    of_all = [_usd(one * of.cells) for one in whole.values()]
    rows.append(["**a province**", "", *of_all, f"**{_usd(_sum(whole) * of.cells)}**"])
    yield from _table(["use case", "times", *SERVICES, "together"], rows)
    yield "\n## Once, in cents\n"
    each = [[name, f"{_sum(of.biller.once(case)) * 100:.4f}"] for name, case in of.cases.items()]
    yield from _table(["use case", "cents"], each)


def _changed(of: Month) -> Iterator[str]:
    spared = sum(
        of.biller.kms_calls(case, of.kms_before) * case.times for case in of.cases.values()
    )
    metrics = of.biller.detailed_metrics()
    yield "## What was changed because of it\n"
    rows = [
        ["a log-in and its renewal ask KMS only for who chose a name", _usd(spared)],
        [
            "the gateway's metrics are of the whole stage; routes are counted from its log",
            _usd(metrics),
        ],
    ]
    rows = [[*row, _usd(float(row[1].replace(",", "")) * of.cells)] for row in rows]
    yield from _table(["change", "less a month of a prefecture", "of a province"], rows)


def _times(of: Month, name: str) -> str:
    return f"{of.cases[name].times:,.0f}" if name in of.cases else ""


def _sum(sums: Sums) -> float:
    return sum(sums.values())


def _usd(value: float) -> str:
    return f"{value:,.0f}"


def _said(assumed: Mapping[str, float]) -> str:
    return ",\n".join(f"`{name}` {value}" for name, value in assumed.items())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for line in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(line)} |"
