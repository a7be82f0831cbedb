"""What is known fills a form in: the most trustworthy, the newest, and nothing that is refused."""

from datetime import date, timedelta
from typing import Any

from chalicelib.cases.domain.prefill import Known, filled, known_of

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
