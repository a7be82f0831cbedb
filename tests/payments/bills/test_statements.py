"""What issuers say: taken in any order, doubled and late; bad input is told by its field."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core import tables
from chalicelib.payments.bills.service import bills
from chalicelib.payments.bills.storage import TABLE
from tests.payments.bills.world import Known, fine, new_number, payer, person, said, say, stored
from tests.support.client import ApiClient
from tests.support.faults import Outage, outage

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["created", "changed", "cancelled"]),
        st.integers(0, 3),
        st.sampled_from([10000, 15000]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, order=st.randoms(use_true_random=False), doubled=st.integers(0, 3))
def test_messages_lead_to_the_same_in_any_order_doubled_and_late(
    client: ApiClient, known: Known, acts: list[tuple[str, int, int]], order: Any, doubled: int
) -> None:
    ends = []
    for numbered in (acts, order.sample(acts * 2, len(acts) * 2 - doubled % len(acts)) + acts):
        number = new_number()
        for act, sequence, cents in numbered:
            items = [{"name": "罚款", "cents": cents}]
            said(client, known, fine(number, sequence, items=items), act)
        bill = stored(number)
        ends.append((bill.cancelled, bill.terms.sum, bill.order.sequence, bill.order.rank))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_highest_sequence_holds_and_an_end_stays_an_end(
    client: ApiClient, known: Known, order: tuple[int, ...]
) -> None:
    number, acts = new_number(), ["created", "cancelled", "changed"]
    for index in order:
        items = [{"name": "罚款", "cents": 100 * (index + 1)}]
        said(client, known, fine(number, index + 1, items=items), acts[index])
    bill = stored(number)
    assert (bill.cancelled, bill.terms.sum, bill.order.sequence) == (True, 300, 3)


def test_the_same_again_says_so_and_changes_nothing(client: ApiClient, known: Known) -> None:
    data = fine()
    results = [say(client, known, data).json()["result"] for _ in range(2)]
    assert results == ["applied", "duplicate"]
    assert stored(data["bill_number"]).version == 1
    late = {**data, "sequence": 0, "title": "旧"}
    assert say(client, known, late, "changed").json()["result"] == "duplicate"


def test_a_lost_answer_is_no_second_change(client: ApiClient, known: Known) -> None:
    data = fine()
    with outage(Outage.HANGS):
        assert say(client, known, data).status == 503
    assert say(client, known, data).status == 200
    assert stored(data["bill_number"]).version == 1


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"bill_number": "1" * 19 + "2"}, "/data/bill_number"),
        ({"bill_number": 123}, "/data/bill_number"),
        ({"code": "12345"}, "/data/code"),
        ({"code": "１２３４５６"}, "/data/code"),
        ({"kind": "gift"}, "/data/kind"),
        ({"title": ""}, "/data/title"),
        ({"items": []}, "/data/items"),
        ({"items": [{"name": "x", "cents": -1}]}, "/data/items/0/cents"),
        ({"items": [{"name": "x", "cents": 1.5}]}, "/data/items/0/cents"),
        ({"due_on": "2026-02-30"}, "/data/due_on"),
        ({"due_on": "20.12.2026"}, "/data/due_on"),
        ({"late_fee": {"per_day_permille": -1, "cap_cents": 1}}, "/data/late_fee/per_day_permille"),
        ({"late_fee": {"per_day_permille": 1}}, "/data/late_fee/cap_cents"),
        ({"sequence": -1}, "/data/sequence"),
        ({"payer": {"name": "王小明"}}, "/data/payer"),
        ({"payer": {"name": "王", "id_number": "330203199001011234"}}, "/data/payer/id_number"),
        ({"payer": {"credit_code": "913302001440XXXX11"}}, "/data/payer/credit_code"),
        ({"extra": 1}, "/data/extra"),
    ],
)
def test_bad_input_is_told_by_its_field(
    client: ApiClient, known: Known, wrong: dict[str, Any], pointer: str
) -> None:
    answer = say(client, known, {**fine(), **wrong})
    assert answer.status == 422, answer.body
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]


def test_neither_name_nor_number_nor_code_is_kept_in_clear(client: ApiClient, known: Known) -> None:
    who = person(client)
    data = {**fine(), **payer(who)}
    said(client, known, data)
    database: Any = tables.client()
    kept = str(database.scan(TableName=TABLE.name)["Items"])
    assert data["bill_number"] in kept
    for secret in (who.id_number, "王小明", data["code"]):
        assert secret not in kept


def test_a_bills_history_is_there_for_auditors(client: ApiClient, known: Known) -> None:
    data = fine()
    bill = said(client, known, data)
    history = bills.history_of(bill.bill_id)
    assert history
    assert [one.type for one in history.entries] == ["bill.created"]
    assert history.office_id == bill.office_id
    assert bills.history_of("nobody") is None
