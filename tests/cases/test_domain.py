"""The rules of materials and of the work list, without a table or a route."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.cases.domain.application import Content, material_errors, with_new_materials
from chalicelib.cases.domain.application_body import Attachment, Body, GivenCertificate
from chalicelib.cases.domain.case import CaseStatus
from chalicelib.cases.domain.work_list import Due, WorkFilter
from tests.catalogue.world import service

NOW = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)  # 01:30 of the new year in Ningbo
PAPERS = [("id", True), ("photo", False)]
PAGES = st.lists(st.builds(Attachment, st.sampled_from("abc"), st.sampled_from("123")), max_size=8)


def wrong(*given: tuple[str, str]) -> set[tuple[str, str]]:
    files = tuple(Attachment(*one) for one in given)
    errors = material_errors(service(PAPERS), Content({}, files))
    return {(error.pointer, error.code) for error in errors}


def test_what_is_missing_or_not_asked_for_is_told_together() -> None:
    assert wrong(("id", "1"), ("photo", "2")) == set()
    assert wrong(("x/y", "1"), ("x/y", "2")) == {
        ("/materials/x~1y", "unknown_material"),
        ("/materials/id", "required"),
    }


@pytest.mark.parametrize(("count", "told"), [(1, set()), (10, set()), (11, {"too_many_pages"})])
def test_a_material_has_ten_pages_at_most(count: int, told: set[str]) -> None:
    assert {code for _, code in wrong(*(("id", str(n)) for n in range(count)))} == told


def test_one_page_is_given_once_for_a_material() -> None:
    assert wrong(("id", "1"), ("photo", "1")) == set()
    assert wrong(("id", "1"), ("id", "1")) == {("/materials/id", "given_twice")}


@given(PAGES, PAGES)
def test_a_material_given_anew_replaces_its_pages(
    before: list[Attachment], new: list[Attachment]
) -> None:
    body = with_new_materials(Body("form", tuple(before)), Content({}, tuple(new)))
    assert body.form == "form"
    after = body.materials
    anew = {one.material_id for one in new}
    for material in "abc":
        pages = [one for one in after if one.material_id == material]
        source = new if material in anew else before
        assert pages == [one for one in source if one.material_id == material]
    order = [one.material_id for one in (*before, *new)]
    assert sorted(after, key=lambda one: order.index(one.material_id)) == list(after)


def test_a_certificate_stands_for_a_file() -> None:
    one = GivenCertificate("id", "c1")
    content = Content({}, (), (one,))
    assert list(material_errors(service(PAPERS), content)) == []
    assert not content.is_empty
    assert Content({}).is_empty
    both = Content({}, (Attachment("id", "1"),), (one, GivenCertificate("photo", "c2")))
    assert both.material_ids == ["id", "photo"]
    assert both.given_for("id") == ["1", "c1"]
    [twice] = material_errors(service(PAPERS), Content({}, (), (one, one)))
    assert (twice.pointer, twice.code) == ("/materials/id", "given_twice")


def test_what_is_given_anew_replaces_files_by_certificates_and_back() -> None:
    file, certificate = Attachment("id", "1"), GivenCertificate("id", "c1")
    photo = Attachment("photo", "2")
    body = with_new_materials(Body(None, (file, photo)), Content({}, (), (certificate,)))
    assert (body.materials, body.certificates) == ((photo,), (certificate,))
    back = with_new_materials(body, Content({}, (file,)))
    assert (back.materials, back.certificates) == ((photo, file), ())
    assert with_new_materials(body, Content({"a": 1})) == body


@pytest.mark.parametrize(
    ("due", "last"),
    [
        ("overdue", NOW),
        ("today", datetime(2027, 1, 1, 16, tzinfo=UTC)),
        ("week", datetime(2027, 1, 8, 16, tzinfo=UTC)),
        (date(2026, 12, 31), datetime(2026, 12, 31, 16, tzinfo=UTC)),
        (date.max, None),
        (None, None),
    ],
)
def test_what_is_due_is_due_until_the_day_ends_in_ningbo(
    due: Due | None, last: datetime | None
) -> None:
    span = WorkFilter(due=due).span(NOW)
    assert span.last == last


def test_what_is_decided_has_no_limits_that_run() -> None:
    assert not WorkFilter().decided
    assert not WorkFilter(status=CaseStatus.ACCEPTED).decided
    assert WorkFilter(status=CaseStatus.ISSUED).decided
    assert WorkFilter(status=CaseStatus.ISSUED).statuses == (CaseStatus.ISSUED,)
