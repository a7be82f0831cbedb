"""The rules of a look-up: its id, how long it counts, and what each step notes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue.domain.registers import RegisterQuestion, parse_questions
from chalicelib.core.idempotency import Attempt
from chalicelib.registers.domain import (
    FRESH_FOR,
    Lookup,
    answered,
    asked,
    asked_again,
    erased,
    first_id,
    id_for,
    is_id,
    is_owned,
)
from chalicelib.registers.service import registers

NOW = datetime(2027, 3, 1, 1, tzinfo=UTC)
ATTEMPT = Attempt("key", "print")


def lookup(**more: Any) -> Lookup:
    id_ = id_for("citizen0", ATTEMPT, NOW)
    about = Lookup(id_, "property", "rent", "owns_no_home", "person", "2027-01", NOW)
    return replace(about, **more)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_ids_of_a_citizen_sort_by_their_time(first: int, later: int) -> None:
    begin = NOW + timedelta(seconds=first)
    end = begin + timedelta(seconds=later)
    assert id_for("citizen0", ATTEMPT, begin) < id_for("citizen0", Attempt("a", ""), end)
    assert first_id("citizen0", end) > id_for("citizen0", ATTEMPT, begin)
    assert id_for("citizen0", ATTEMPT, end) > first_id("citizen0", end)


def test_an_id_names_its_owner() -> None:
    id_ = lookup().lookup_id
    # The owner's eight, six of the time, eight of the attempt: what is kept is found by them.
    assert len(id_) == 22
    assert is_id(id_)
    assert not is_id(id_[1:])
    assert is_owned(id_, "citizen0")
    assert not is_owned(id_, "citizen1")
    assert lookup().citizen_id == "citizen0"
    assert lookup().subject_id == id_


def test_it_counts_for_a_day_after_the_answer() -> None:
    assert not lookup().is_fresh(NOW)
    done = lookup(answer="sealed", answered_at=NOW + timedelta(hours=1))
    until = NOW + timedelta(hours=1) + timedelta(hours=24)
    assert done.expires_at == until
    assert done.is_fresh(until - timedelta(seconds=1))
    assert not done.is_fresh(until)
    assert not done.is_fresh(until + timedelta(days=9))
    assert lookup().expires_at == NOW + FRESH_FOR


def test_what_each_step_notes() -> None:
    [event] = asked(lookup()).events
    assert event.type == "lookup.asked"
    assert event.facts == {
        "register": "property",
        "service": "rent",
        "claim": "owns_no_home",
        "consent": "2027-01",
    }
    assert asked(lookup(for_member="m")).events[0].facts["member"] == "m"
    done = answered(lookup(), "sealed", NOW)
    assert done
    assert (done.new.answer, done.new.answered_at) == ("sealed", NOW)
    assert done.events[0].facts == {"answer": "sealed"}
    assert answered(done.new, "other", NOW) is None
    again = asked_again(done.new, "other", "case")
    assert again.new == done.new
    assert again.events[0].facts == {"case": "case", "answer": "other"}
    gone = erased(done.new)
    assert gone
    assert gone.new.answer is None
    assert erased(gone.new) is None


def service(**more: Any) -> dict[str, Any]:
    asked_of = [{"register": "property", "claim": "owns_home", "fields": ["home"]}]
    form = {"properties": {"address": {"x-key": "home"}, "other": {}}}
    materials = [{"id": "deed", "register": "property"}, {"id": "photo"}]
    return {"id": "s", "registers": asked_of, "form": form, "materials": materials, **more}


def test_a_service_says_what_it_asks() -> None:
    expected = RegisterQuestion("property", "owns_home", ("home",))
    assert parse_questions(service()) == (expected,)
    assert parse_questions({"materials": []}) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"registers": []},
        {"form": {}},
        {"registers": service()["registers"] * 2},
        {"materials": [{"id": "deed", "register": "business"}]},
    ],
)
def test_what_does_not_fit_together_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        parse_questions(service(**wrong))


def test_every_register_is_known_in_both_languages() -> None:
    known = registers.known()
    for one in known.by_id.values():
        for words in (one.title, one.keeper, *one.claims.values()):
            assert words.zh
            assert words.en
    assert registers.register_of("property").claims["owns_no_home"].en
