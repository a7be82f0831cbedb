from typing import Any

import pytest

from tests.support.client import ApiClient
from tests.support.meter import item_size, metered


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"a": {"S": "bc"}}, 3),
        ({"名": {"S": "字"}}, 6),
        ({"n": {"N": "123"}}, 4),
        ({"n": {"N": "-5"}}, 4),
        ({"s": {"SS": ["ab", "cd"]}}, 5),
        ({"b": {"BOOL": True}}, 2),
        ({"l": {"L": [{"S": "x"}]}}, 6),
    ],
)
def test_items_are_weighed_by_the_documented_rules(item: dict[str, Any], size: int) -> None:
    assert item_size(item) == size


def test_a_call_without_the_table_costs_nothing(client: ApiClient) -> None:
    with metered() as cost:
        client.get("/v1/health")
    assert (cost.trips, cost.wcu, cost.rcu) == (0, 0, 0)
