"""The bill of a month: each use case's share of each service, and what is there without any use.

All sums are in the currency of the price file. What is assumed beside the metered counts (how long
a call takes, how large an answer is) stands in `month.json`, by the names that are used here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from infra.costs.counts import Count, total

MILLION: Final = 1e6
_KB_A_GB: Final = 1e6
_MB_A_GB: Final = 1e3
_BYTES_A_GB: Final = 1e9
_MINUTES_A_MONTH: Final = 30 * 24 * 60
SERVICES: Final = (
    "gateway", "functions", "database", "keys", "events", "logs and traces", "storage and traffic",
)  # fmt: skip
Sums = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class UseCase:
    """What one does: operations by HTTP, operations of workers, and what is left behind.

    `requests` and `told` say how often each metered operation is done, `entries` how many entries
    of histories it writes, each of which is an event.
    """

    times: float
    requests: Mapping[str, float] = field(default_factory=dict)
    told: Mapping[str, float] = field(default_factory=dict)
    entries: float = 0
    database_kb: float = 0
    files: float = 0
    files_mb: float = 0


@dataclass(frozen=True, slots=True)
class Biller:
    """Counts, assumptions and prices, by which use cases are billed."""

    counted: Mapping[str, Count]
    assumed: Mapping[str, float]
    prices: Mapping[str, float]

    def once(self, case: UseCase) -> Sums:
        """Return what doing it once costs, by service; what is left is billed for its months."""
        asked, told = total(self.counted, case.requests), total(self.counted, case.told)
        requests, deliveries = sum(case.requests.values()), sum(case.told.values())
        messages = case.entries * self.assumed["queues_an_event"]
        return {
            "gateway": requests * self._million("gateway, a million requests"),
            "functions": self._api(asked, requests) + self._workers(case, told, messages),
            "database": self._database(asked, told, case.entries),
            "keys": (asked.kms + told.kms) * self._million("keys, a million calls"),
            "events": self._events(case.entries, messages),
            "logs and traces": self._logs(requests, messages + deliveries),
            "storage and traffic": self._storage(case, requests),
        }

    def fixed(self, there: Mapping[str, float]) -> Sums:
        """Return what a cell costs in a month in which nobody comes, by service."""
        runs = there["timers_a_minute"] * _MINUTES_A_MONTH
        held = there["held_ready"] * _MINUTES_A_MONTH * 60 * self.assumed["api_gb"]
        # Lambda asks each queue by five long polls of 20 seconds, also while it is empty.
        polls = there["queues"] * self.assumed["polls_a_queue_a_minute"]
        watched = sum(
            there[name] * self.prices[f"{name}, one a month"]
            for name in ("metrics", "alarms", "dashboards")
        )
        return {
            "gateway": 0,
            "functions": self._function(runs, self.assumed["timer_ms"], self.assumed["worker_gb"])
            + held * self._million("function held ready, a million GB-seconds"),
            "database": runs
            * self.assumed["timer_read_units"]
            * self._million("database, a million read units"),
            "keys": there["keys"] * self.prices["keys, one a month"]
            + there["secrets"] * self.prices["secrets, one a month"],
            "events": (there["parts_a_minute"] * self.assumed["calls_a_message"] + polls)
            * _MINUTES_A_MONTH
            * self._million("queues, a million calls"),
            "logs and traces": watched + self._logs(0, runs),
            "storage and traffic": 0,
        }

    def detailed_metrics(self) -> float:
        """Return what a metric of each route and kind would cost a cell in a month."""
        of_routes = self.assumed["routes"] * self.assumed["detailed_metrics_a_route"]
        return of_routes * self.prices["metrics, one a month"]

    def kms_calls(self, case: UseCase, calls: Mapping[str, float]) -> float:
        """Return what calls of KMS of a case cost, each time, where operations made so many."""
        made = sum(
            number * calls.get(name.partition(": ")[2], 0) for name, number in case.requests.items()
        )
        return made * self._million("keys, a million calls")

    def _million(self, price: str) -> float:
        return self.prices[price] / MILLION

    def _function(self, starts: float, milliseconds: float, gigabytes: float) -> float:
        seconds = starts * milliseconds / 1000
        return starts * self._million("function, a million starts") + (
            seconds * gigabytes * self._million("function, a million GB-seconds")
        )

    def _waits(self, count: Count) -> float:
        return count.trips * self.assumed["call_ms"] + count.kms * self.assumed["kms_ms"]

    def _api(self, asked: Count, requests: float) -> float:
        if not requests:
            return 0
        each = self.assumed["cpu_ms"] + self._waits(asked) / requests
        return self._function(requests, each, self.assumed["api_gb"])

    def _workers(self, case: UseCase, told: Count, messages: float) -> float:
        gigabytes = self.assumed["worker_gb"]
        waiting = self._waits(told) / 1000 * gigabytes
        return (
            self._function(case.entries, self.assumed["publish_ms"], gigabytes)
            + self._function(messages, self.assumed["delivery_ms"], gigabytes)
            + waiting * self._million("function, a million GB-seconds")
        )

    def _database(self, asked: Count, told: Count, entries: float) -> float:
        writes = asked.writes + told.writes + entries * self.assumed["publish_write_units"]
        return writes * self._million("database, a million write units") + (
            (asked.reads + told.reads) * self._million("database, a million read units")
        )

    def _events(self, entries: float, messages: float) -> float:
        calls = messages * self.assumed["calls_a_message"]
        return entries * self._million("bus, a million events") + (
            calls * self._million("queues, a million calls")
        )

    def _logs(self, requests: float, deliveries: float) -> float:
        written = requests * self.assumed["log_bytes_a_request"]
        written += deliveries * self.assumed["log_bytes_a_delivery"]
        traces = (requests + deliveries) * self.assumed["traced_share"]
        return written / _BYTES_A_GB * self.prices["logs, a GB taken and kept half a year"] + (
            traces * self._million("traces, a million")
        )

    def _storage(self, case: UseCase, requests: float) -> float:
        kept = self.assumed["months_kept"]
        tables = (
            case.database_kb / _KB_A_GB * self.prices["database and its recovery, a GB a month"]
        )
        files = case.files_mb / _MB_A_GB * self.prices["files, a GB a month"]
        handled = case.files * (
            self._million("files, a million writes") + self._million("files, a million reads")
        )
        sent = requests * self.assumed["answer_kb"] / _KB_A_GB + case.files_mb / _MB_A_GB
        return kept * (tables + files) + handled + sent * self.prices["traffic, a GB"]
