"""Searches that find nothing are counted without a person; those that find something are not."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.catalogue.domain.search_misses import KEPT_FOR
from chalicelib.catalogue.service import search_misses
from chalicelib.catalogue.storage import search_misses as stored
from chalicelib.core import dependencies
from chalicelib.core.clock import office_time
from tests.support.cases import worker
from tests.support.client import ApiClient
from tests.support.faults import Outage, outage
from tests.support.meter import metered
from tests.support.people import id_number


def search(client: ApiClient, query: str, more: str = "") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/services?query={quote(query)}{more}").json()
    return found


def counted(client: ApiClient, words: str) -> int:
    answer = client.get("/v1/admin/reports/search-misses", token=worker(client, role="admin"))
    rows = answer.json()["items"]
    return sum(row["searched"] for row in rows if row["query"] == words)


def test_a_search_without_a_hit_is_counted_and_shown_to_staff(client: ApiClient) -> None:
    before = counted(client, "黑洞蒸发")
    for query in ("黑洞蒸发", "黑洞蒸发 13912345678", f"黑洞蒸发{id_number()}"):
        assert search(client, query)["items"] == []
    assert search(client, "黑洞蒸发", "&category=identity")["items"] == []
    assert counted(client, "黑洞蒸发") == before + 3


def test_a_hit_asks_no_table_and_a_miss_writes_once(client: ApiClient) -> None:
    for query, bill in (("护照", (0, 0, 0)), ("", (0, 0, 0)), ("黑洞蒸发", (1, 0, 1))):
        with metered() as cost:
            search(client, query)
        assert (cost.wcu, cost.rcu, cost.trips) == bill, query


def test_a_count_that_cannot_be_written_does_not_hold_up_the_search(client: ApiClient) -> None:
    search(client, "护照")
    with outage(Outage.THROTTLES):
        assert search(client, "黑洞蒸发")["suggestions"]


def test_a_flood_of_nonsense_is_counted_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_misses, "_quota", search_misses._Quota())
    monkeypatch.setattr(search_misses, "_MOST", 2)
    taken: list[str] = []
    monkeypatch.setattr(stored, "count_miss", lambda _day, words, _until: taken.append(words))
    now = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    for number in range(4):
        search_misses.count("abc" + "x" * number, now)
    search_misses.count("later", now + timedelta(minutes=1))
    assert taken == ["abc", "abcx", "later"]


def test_a_mistake_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stored, "count_miss", fail)
    with pytest.raises(ZeroDivisionError):
        search_misses.count("黑洞蒸发", datetime(2030, 1, 1, tzinfo=UTC))


def test_what_is_older_is_not_told(client: ApiClient) -> None:
    today = office_time(dependencies.clock().now()).date()
    old = today - KEPT_FOR - timedelta(days=1)
    stored.count_miss(old, "过时的词", dependencies.clock().now() + timedelta(days=1))
    assert [one.query for one in stored.load_misses(old, old)] == ["过时的词"]
    assert not list(search_misses.rows(frozenset(), old, old))
