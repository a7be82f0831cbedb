"""What is known fills a form in: the most trustworthy, the newest, and nothing that is refused."""

from datetime import date, timedelta
from typing import Any

from chalicelib.cases.domain.prefill import (
    Asked,
    Former,
    Known,
    filled,
    known_of,
    newest_of_each,
    remembered,
    worth_reading,
)

TODAY = date(2027, 3, 1)
FIELDS: dict[str, Any] = {"tel": {"x-key": "phone"}, "other": {}, "home": {"x-key": "address"}}


def known(key: str, value: Any, source: Any = "previous", days: int = 0) -> Known:
    return Known(key, value, source, TODAY - timedelta(days=days))


def test_the_most_trustworthy_counts_and_of_that_the_newest() -> None:
    about = [
        known("phone", "1", "previous"),
        known("phone", "2", "profile", days=9),
        known("address", "old", days=2),
        known("address", "new", days=1),
        known("else", "x"),
    ]
    found = filled(FIELDS, about, lambda _form: [])
    assert {name: one.value for name, one in found.items()} == {"tel": "2", "home": "new"}
    about.append(known("phone", "3", "certificate", days=99))
    assert filled(FIELDS, about, lambda _form: [])["tel"].value == "3"


def test_what_the_form_refuses_is_not_filled_in() -> None:
    about = [known("phone", "bad"), known("phone", "good", days=1), known("address", "x")]
    one = filled(FIELDS, about, lambda form: [n for n in form if form[n] == "bad"])
    assert one["tel"].value == "good"
    # Both are right alone, and wrong together.
    both = filled(FIELDS, about, lambda form: ["home"] if len(form) > 1 else [])
    assert list(both) == ["tel"]
    assert filled(FIELDS, [], lambda _form: ["tel"]) == {}


def test_only_what_has_a_meaning_is_known() -> None:
    values = {"tel": "1", "other": "2", "gone": "3"}
    assert known_of(FIELDS, values, "previous", TODAY) == [known("phone", "1")]


FORMS = {
    "home": Asked(frozenset({"phone", "address"}), frozenset({"phone", "address"})),
    "shop": Asked(frozenset({"phone", "premises", "sign"}), frozenset({"phone", "premises"})),
    "move": Asked(frozenset({"phone", "address"}), frozenset({"phone"})),
}


def chosen(keys: set[str], *former: tuple[str, str | None, str | None]) -> list[str]:
    asked = FORMS.__getitem__
    cases = [Former(*one) for one in former]
    return [one.case_id for one in worth_reading(cases, "A", frozenset(keys), asked)]


def test_those_former_cases_are_read_that_can_tell_what_newer_ones_do_not_surely_tell() -> None:
    shop, home, move = ("1", "shop", "A"), ("2", "home", "A"), ("3", "move", "A")
    assert chosen({"phone"}, shop, home, move) == ["1"]
    assert chosen({"phone", "address"}, shop, home, move) == ["1", "2"]
    # Who moves may tell the address, or not: the older is read as well, and what is sure first.
    assert chosen({"phone", "address"}, move, shop, home) == ["3", "2"]
    assert chosen({"address"}, move, shop, home) == ["2", "3"]
    assert chosen({"sign"}, home, shop) == ["1"]
    assert chosen({"sign", "premises"}, shop, ("4", "shop", "A")) == ["1"]
    assert chosen({"else"}, shop, home, move) == []
    assert chosen(set(), shop) == []


def test_no_case_of_another_is_read() -> None:
    assert chosen({"phone"}, ("1", "home", "B"), ("2", "home", None), ("3", "home", "A")) == ["3"]
    # Whose it is stands in the case itself where it was lodged before it stood beside its id.
    assert chosen({"phone"}, ("1", None, None), ("2", "home", "A")) == ["2", "1"]
    nobody = [Former("1", "home", None), Former("2", None, None)]
    assert worth_reading(nobody, None, frozenset({"phone"}), FORMS.__getitem__) == []


def test_of_one_occasion_nothing_is_remembered() -> None:
    fields = {"lost_on": {"x-key": "lost_on", "x-occasion": True}, "home": {"x-key": "address"}}
    assert remembered(fields) == {"home": {"x-key": "address"}}


def test_the_newest_of_each_comes_before_the_others() -> None:
    assert newest_of_each(["a3", "a2", "b2", "a1"], lambda one: one[0]) == ["a3", "b2", "a2", "a1"]
    assert newest_of_each([], len) == []
