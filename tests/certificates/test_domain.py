"""The rules of certificates, without any table."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jsonschema
import pytest

from chalicelib.catalogue import service as catalogue
from chalicelib.certificates.domain import (
    Certificate,
    CertificateStatus,
    Holder,
    StepName,
    is_owned,
    steps,
)
from chalicelib.certificates.domain.types import last_day
from chalicelib.certificates.service import codes, types
from chalicelib.core.errors import Problem, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded, Word
from chalicelib.core.id_documents import Document
from infra.local.engine import Engine
from tests.support.cases import form_of

NOW = datetime(2027, 3, 1, 1, tzinfo=UTC)
DAY = date(2027, 3, 1)
VALID, SUSPENDED, REVOKED, EXPIRED, REPLACED = CertificateStatus
HOLDER = Holder("王小明", Document("resident_id", "330203197802141236"))


def certificate(state: CertificateStatus = VALID, **changed: Any) -> Certificate:
    made = Certificate(
        certificate_id="abcdefgh123456789012",
        type_id="driving-licence",
        person="p",
        case_id="abcdefghCASE",
        service_id="driving-licence-renewal",
        office_id="hall-330200",
        department_id="traffic-police",
        number="JSZ20271234567890123456",
        verification_code="A" * 24,
        issued_at=NOW,
        issued_on=DAY,
        valid_until=date(2033, 3, 1),
        status_number=7,
        content="sealed",
        state=state,
    )
    return replace(made, **changed)


def word(step: StepName, by: str = "staff:a") -> Word:
    return Word(step, by, NOW, "reason")


@pytest.mark.parametrize(
    ("begins", "months", "ends"),
    [
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2027, 2, 28), 12, date(2028, 2, 28)),
        (date(2027, 3, 31), 1, date(2027, 4, 30)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2027, 12, 1), 1, date(2028, 1, 1)),
        (date(2027, 1, 1), 11, date(2027, 12, 1)),
        (date(2027, 12, 31), 72, date(2033, 12, 31)),
        (date(2027, 12, 31), None, None),
    ],
)
def test_the_last_day(begins: date, months: int | None, ends: date | None) -> None:
    assert last_day(begins, months) == ends


@pytest.mark.parametrize("state", CertificateStatus)
def test_a_certificate_expires_after_its_last_day_unless_it_ended_before(
    state: CertificateStatus,
) -> None:
    one = certificate(state)
    expires = state in (VALID, SUSPENDED)
    assert one.status_on(date(2033, 3, 1)) == state
    assert one.status_on(date(2033, 3, 2)) == (EXPIRED if expires else state)
    assert replace(one, valid_until=None).status_on(date(2999, 1, 1)) == state


def test_whose_holder_is_erased_proves_nothing() -> None:
    assert certificate().verified_on(DAY) == VALID
    assert certificate(content=None).verified_on(DAY) == "holder_erased"


def test_a_number_shows_its_end_alone() -> None:
    assert certificate().masked_number == "*" * 19 + "3456"


def test_an_id_says_whose_it_is() -> None:
    assert is_owned("abcdefgh123456789012", "abcdefgh")
    assert not is_owned("abcdefgi123456789012", "abcdefgh")
    assert certificate().citizen_id == "abcdefgh"
    assert certificate().valid_from == DAY


@pytest.mark.parametrize("step", ["suspend", "resume", "revoke", "keep"])
@pytest.mark.parametrize("state", CertificateStatus)
def test_each_step_from_each_state(state: CertificateStatus, step: StepName) -> None:
    to = {
        ("suspend", VALID): (SUSPENDED, "certificate.suspended"),
        ("resume", SUSPENDED): (VALID, "certificate.resumed"),
        ("revoke", VALID): (VALID, "certificate.revocation_asked"),
        ("revoke", SUSPENDED): (SUSPENDED, "certificate.revocation_asked"),
    }.get((step, state))
    # An expired one stands for `expired`, which is no state that is kept.
    one = certificate(state) if state != EXPIRED else certificate(valid_until=date(2027, 2, 28))
    if to is None:
        with pytest.raises(WrongStatus) as refused:
            steps.take(one, step, word(step), DAY)
        assert refused.value.extra["current"] == state
        return
    decision = steps.take(one, step, word(step), DAY)
    assert (decision.new.state, decision.events[0].type) == to
    assert decision.events[0].facts == {
        "type": "driving-licence",
        "service": "driving-licence-renewal",
        "office": "hall-330200",
        "status": to[0],
        "reason": "reason",
    }


@pytest.mark.parametrize("by", ["staff:a", "staff:b"])
def test_a_revocation_that_is_not_agreed_to_is_asked_anew(by: str) -> None:
    asked = steps.take(certificate(), "revoke", word("revoke"), DAY).new
    assert asked.pending
    kept = steps.take(asked, "keep", word("keep", by), DAY)
    assert (kept.new.state, kept.new.pending) == (VALID, None)
    assert kept.events[0].type == "certificate.revocation_declined"
    assert kept.events[0].facts["asked_by"] == asked.pending.by
    # The next who revokes is the first of two.
    again = steps.take(kept.new, "revoke", word("revoke", "staff:b"), DAY)
    assert again.events[0].type == "certificate.revocation_asked"


def test_a_revocation_takes_two_persons() -> None:
    asked = steps.take(certificate(), "revoke", word("revoke"), DAY).new
    assert asked.pending == word("revoke")
    with pytest.raises(SecondPersonNeeded):
        steps.take(asked, "revoke", word("revoke"), DAY)
    done = steps.take(asked, "revoke", word("revoke", "staff:b"), DAY)
    assert (done.new.state, done.new.pending) == (REVOKED, None)
    assert done.events[0].facts["asked_by"] == "staff:a"
    # What was asked stands while it is suspended.
    suspended = steps.take(asked, "suspend", word("suspend"), DAY).new
    assert steps.take(suspended, "revoke", word("revoke", "staff:b"), DAY).new.state == REVOKED


@pytest.mark.parametrize("step", ["suspend", "revoke"])
def test_nothing_is_decided_about_whom_nobody_knows(step: StepName) -> None:
    with pytest.raises(Problem):
        steps.take(certificate(content=None), step, word(step), DAY)


@pytest.mark.parametrize("state", CertificateStatus)
def test_a_newer_one_takes_the_place_of_what_has_not_ended(state: CertificateStatus) -> None:
    decision = steps.replaced(certificate(state, pending=word("revoke")), "newer")
    if state not in (VALID, SUSPENDED):
        assert decision is None
        return
    assert decision
    assert (decision.new.state, decision.new.pending) == (REPLACED, None)
    assert decision.events[0].type == "certificate.replaced"
    assert decision.events[0].facts["replaced_by"] == "newer"


def test_erasure_drops_what_is_personal_once() -> None:
    decision = steps.erased(certificate(pending=word("revoke")))
    assert decision
    assert (decision.new.content, decision.new.pending) == (None, None)
    assert decision.events[0].type == "certificate.holder_erased"
    assert steps.erased(decision.new) is None


@pytest.mark.parametrize(
    ("left", "before", "after"),
    [
        (61, None, None),
        (60, None, 60),
        (59, None, 60),
        (60, 60, None),
        (31, 60, None),
        (30, 60, 30),
        (8, 30, None),
        (7, 30, 7),
        (0, None, 7),
        (0, 7, None),
        (-1, 30, None),
    ],
)
def test_a_holder_is_reminded_sixty_thirty_and_seven_days_before(
    left: int, before: int | None, after: int | None
) -> None:
    one = certificate(valid_until=DAY + timedelta(days=left), reminded=before)
    decision = steps.reminded(one, DAY)
    assert (decision.new.reminded if decision else None) == after
    if decision:
        assert decision.events[0].type == "certificate.ends_soon"
        assert (
            decision.events[0].facts["until"].startswith((DAY + timedelta(days=left)).isoformat())
        )
    assert steps.reminded(replace(one, state=SUSPENDED), DAY) is None
    assert steps.reminded(replace(one, valid_until=None), DAY) is None


@pytest.mark.parametrize(
    ("left", "renewable"), [(61, False), (60, True), (0, True), (-1, True), (-400, True)]
)
def test_it_can_be_renewed_from_the_first_reminder_on(left: int, renewable: bool) -> None:
    one = certificate(valid_until=DAY + timedelta(days=left))
    assert steps.is_renewable(one, DAY) == renewable
    assert not steps.is_renewable(replace(one, valid_until=None), DAY)
    for state in (CertificateStatus.REVOKED, CertificateStatus.REPLACED):
        assert not steps.is_renewable(replace(one, state=state), DAY)
    # What is suspended is not renewed before it has ended.
    assert steps.is_renewable(replace(one, state=SUSPENDED), DAY) == (left < 0)


def services_with_results() -> list[str]:
    return [s for s, one in catalogue.current().services.items() if one.certificate_type]


@pytest.mark.parametrize("whole", [True, False], ids=["all fields", "required fields"])
def test_what_each_service_gives_follows_its_types_schema(engine: Engine, *, whole: bool) -> None:
    assert len(services_with_results()) >= 8
    for service_id in services_with_results():
        type_ = types.type_of(catalogue.service(service_id).certificate_type or "")
        fields = type_.fields_of(HOLDER, form_of(service_id, only_required=not whole))
        jsonschema.Draft202012Validator(type_.schema).validate(fields)
        assert fields["name"] == "王小明"
        assert fields["id_number"] == "330***********1236"
        assert len(fields) > 2
        for lang in ("zh-CN", "en"):
            labels = type_.labels("zh-CN" if lang == "zh-CN" else "en")
            assert fields.keys() <= labels.keys()


def test_types_name_fields_that_a_form_has(engine: Engine) -> None:
    for type_ in types.known().values():
        services = [
            s for s in catalogue.current().services.values() if s.certificate_type == type_.type_id
        ]
        assert services, type_.type_id
        assert type_.renewed_by in {None, *(one.service_id for one in services)}
        assert (type_.renewed_by is None) == (type_.months is None)
        asked = {name for s in services for name in form_of(s.service_id, only_required=False)}
        named = {
            one for rules in type_.schema["properties"].values() for one in rules.get("x-form", ())
        }
        assert named | set(type_.second_holder or ()) <= asked


def test_the_first_source_that_is_filled_in_counts() -> None:
    rules = {"x-form": ["a", "b"]}
    type_ = replace(types.type_of("driving-licence"), schema={"properties": {"field": rules}})
    forms: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"a": 1, "b": 2}, {"field": 1}),
        ({"b": 2}, {"field": 2}),
        ({"a": False, "b": 2}, {"field": False}),
        ({}, {}),
    ]
    for form, fields in forms:
        assert type_.fields_of(HOLDER, form) == fields


def test_numbers_follow_the_type_the_year_and_the_id() -> None:
    def number(id_: str) -> str:
        return types.type_of("marriage").number_of(id_, DAY)

    assert number("a").startswith("JHZ2027")
    assert len(number("a")) == len("JHZ2027") + 16
    assert number("a") == number("a") != number("b")
    prefixes = [one.number_prefix for one in types.known().values()]
    assert len(set(prefixes)) == len(prefixes)


def test_verification_codes_are_read_as_people_type_them() -> None:
    code = codes.code_of("abcdefgh123456789012")
    assert len(code) * 5 >= 80
    assert code == codes.code_of("abcdefgh123456789012") != codes.code_of("abcdefgh123456789013")
    grouped = " ".join(code[at : at + 4] for at in range(0, 24, 4)).lower()
    assert codes.read(grouped) == code == codes.read(code)
    for wrong in ("", code[:-1], code + "A", "0" + code[1:], "9" + code[1:], "1" + code[1:]):
        assert codes.read(wrong) is None


def test_a_persons_number_is_masked_and_a_credit_code_is_public() -> None:
    assert HOLDER.number == "330203197802141236"
    assert HOLDER.document
    assert HOLDER.shown_number == HOLDER.document.masked != HOLDER.number
    company = Holder("Company", credit_code="91330200MA2AAAAA1X")
    assert company.number == company.shown_number == "91330200MA2AAAAA1X"
    assert Holder("Nobody").number == Holder("Nobody").shown_number == ""


def test_a_certificate_is_named_by_its_id_which_begins_with_its_owners() -> None:
    one = certificate()
    assert one.subject_id == "abcdefgh123456789012"
    assert one.subject_id.startswith(one.citizen_id)
