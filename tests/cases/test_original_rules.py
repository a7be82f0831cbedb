"""Originals on their way: what a courier's word moves, and how they may come to the office."""

from typing import Any

import pytest

from chalicelib.cases.domain.application import Application, Content, handover_errors
from chalicelib.cases.domain.application_body import Address, Attachment
from chalicelib.cases.domain.originals import (
    Original,
    carried,
    expected_again,
    in_office,
    noted,
    to_come,
)
from tests.catalogue.world import service

ADDRESS = Address("李梅", "13805741234", "330203", "海曙区中山西路 99 号")
ON_THE_ROAD = ["picked_up", "in_transit", "out_for_delivery", "available_for_pickup"]


def one(status: Any) -> tuple[Original, ...]:
    return (Original("card", status),)


@pytest.mark.parametrize("word", [*ON_THE_ROAD, "attempt_failed"])
def test_what_a_courier_carries_is_on_the_way(word: str) -> None:
    assert carried(one("expected"), word) == one("on_the_way")


@pytest.mark.parametrize("word", ["created", "accepted", "lost", "returned", "nonsense"])
def test_other_words_move_nothing(word: str) -> None:
    for status in ("expected", "on_the_way"):
        assert carried(one(status), word) == one(status)


def test_delivered_is_arrived_and_what_the_office_noted_stays() -> None:
    for status in ("expected", "on_the_way"):
        assert carried(one(status), "delivered") == one("arrived")
    for status in ("arrived", "received", "checked", "mismatch", "returned"):
        for word in ("in_transit", "delivered"):
            assert carried(one(status), word) == one(status)


def test_what_was_lost_on_the_way_is_expected_again() -> None:
    assert expected_again(one("on_the_way")) == one("expected")
    assert expected_again(one("arrived")) == one("arrived")


def test_what_is_to_come_is_not_yet_in_the_office() -> None:
    coming, here = ("expected", "on_the_way"), ("arrived", "received", "checked", "mismatch")
    assert [to_come(one(s)) for s in (*coming, *here, "returned")] == [True] * 2 + [False] * 5
    assert [in_office(one(s)) for s in (*coming, *here, "returned")] == [
        *[False] * 2,
        *[True] * 4,
        False,
    ]


def test_what_was_checked_stays_so_when_it_goes_back() -> None:
    checked = noted(one("received"), {"card": "checked"})
    assert checked == (Original("card", "checked", checked=True),)
    assert noted(checked, {"card": "returned"}) == (Original("card", "returned", checked=True),)
    assert noted(one("received"), {"card": "returned"}) == one("returned")
    assert noted(one("expected"), {"card": "returned"}) is None


@pytest.mark.parametrize(
    ("handover", "pickup", "told"),
    [
        (None, None, []),
        ("none", None, []),
        ("visit", None, []),
        ("courier", ADDRESS, []),
        ("courier", None, ["/pickup_address required"]),
        ("visit", ADDRESS, ["/pickup_address not_needed"]),
        (None, ADDRESS, ["/pickup_address not_needed"]),
    ],
)
def test_a_courier_needs_to_know_where(handover: Any, pickup: Any, told: list[str]) -> None:
    paper = {"id": "card", "name": {"zh-CN": "证", "en": "Card"}, "required": True}
    asked = service([paper | {"original": "show"}])
    content = Content({}, (Attachment("card", "upload"),))
    application = Application("x", content, handover=handover, pickup=pickup)
    found = [f"{error.pointer} {error.code}" for error in handover_errors(asked, application)]
    assert found == told
