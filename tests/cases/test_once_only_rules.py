"""How much of an application had not to be asked again."""

from datetime import date
from typing import Any

from chalicelib.cases.domain.once_only import OnceOnly, measured
from chalicelib.cases.domain.prefill import Known


def known(value: Any) -> Known:
    return Known("key", value, "previous", date(2027, 3, 1))


def test_what_counts_as_filled_kept_and_waived() -> None:
    form = {"a": 1, "b": 2, "c": 3}
    about = {"a": known(1), "b": known(9), "other": known(0)}
    one = measured(form, about, ["photo", "deed", "id"], {"deed", "id", "another"})
    assert one == OnceOnly(cases=1, asked=3, filled=2, kept=1, papers=3, waived=2)
    assert measured({}, {}, [], []) == OnceOnly(1, 0, 0, 0, 0, 0)
