"""Who acts for an organisation, and until when: members, roles, and what the register says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest

from chalicelib.core.errors import Forbidden
from chalicelib.mandates.domain import organisations, witnessing
from chalicelib.mandates.domain.mandate import Mandate, Terms
from chalicelib.mandates.domain.organisations import (
    Affiliation,
    Membership,
    NotRepresentative,
    Organisation,
    Role,
    check_manager,
    check_removal,
    named,
    without_managers,
)
from chalicelib.mandates.domain.rights import ACTIONS, MandateMissing

MIDNIGHT = datetime(2027, 3, 1, 16, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LAST = date(2027, 3, 1)
ROLES: tuple[Role, ...] = get_args(Role)


def member(role: Role = "manager", until: date | None = None, citizen: str = "c1") -> Membership:
    return Membership("m1", citizen, "p1", role, date(2027, 1, 1), until)


def belongs(role: Role = "manager", until: date | None = None, **changes: str) -> Affiliation:
    organisation = replace(Organisation("o1", "p9", "c1"), **changes)  # type: ignore[arg-type]
    return Affiliation(organisation, member(role, until))


@pytest.mark.parametrize("role", ROLES)
def test_a_member_may_what_the_role_allows_until_the_last_day_is_over(role: Role) -> None:
    own = belongs(role, LAST)
    allowed = own.rights_of("c1", MIDNIGHT - SECOND)
    assert allowed
    assert sorted(allowed.actions) == sorted(("read",) if role == "viewer" else ACTIONS)
    assert allowed.services == {"*"}
    assert own.rights_of("c1", MIDNIGHT) is None
    assert own.rights_of("c2", MIDNIGHT - SECOND) is None
    assert belongs(role, state="frozen").rights_of("c1", MIDNIGHT) is None
    assert belongs(role).rights_of("c1", MIDNIGHT)


@pytest.mark.parametrize("role", ROLES)
def test_managers_alone_keep_the_members(role: Role) -> None:
    if role == "manager":
        check_manager(belongs(role, LAST), MIDNIGHT - SECOND)
        check_removal(belongs(role), member(citizen="c2"), MIDNIGHT)
    for now in (MIDNIGHT, MIDNIGHT - SECOND):
        if role == "manager" and now < MIDNIGHT:
            continue
        with pytest.raises(Forbidden):
            check_manager(belongs(role, LAST), now)
        with pytest.raises(Forbidden):
            check_removal(belongs(role, LAST), member(citizen="c2"), now)
    # Everybody may leave.
    check_removal(belongs(role, LAST), member(role), MIDNIGHT)


def test_a_frozen_organisation_waits_for_its_representative() -> None:
    with pytest.raises(NotRepresentative):
        check_manager(belongs(state="frozen"), MIDNIGHT)
    frozen = Organisation("o1", "p9", "c1", state="frozen", version=4)
    assert named(frozen, "c2") == replace(frozen, representative="c2", state="active")
    assert (Organisation("o1", "p9", "c1").version, frozen.subject_id) == (0, "o1")


@pytest.mark.parametrize(
    ("members", "without"),
    [
        ([], True),
        ([member("agent"), member("viewer")], True),
        ([member("manager", LAST)], True),
        ([member("manager", LAST + timedelta(days=1))], False),
        ([member("agent"), member()], False),
    ],
)
def test_somebody_must_manage(members: list[Membership], *, without: bool) -> None:
    assert without_managers(members, MIDNIGHT) is without


def test_things_remember_for_whom_and_by_whom_they_were_done() -> None:
    own = belongs()
    assert (own.agent, own.owner, own.owner_person, own.granted_by) == ("c1", "o1", "p9", "o1c1")
    terms = Terms(frozenset({"x"}), frozenset({"read", "book"}), LAST)
    given = Mandate("M" * 20, "principal", "p1", "agent000", "p2", terms, date(2027, 2, 1))
    assert (given.owner, given.owner_person, given.granted_by) == ("principal", "p1", "M" * 20)
    assert (given.subject_id, given.relation, given.version) == ("M" * 20, None, 0)
    assert list(given.actions) == ["book", "read"]
    assert (given.services, given.until) == (frozenset({"x"}), LAST)
    assert (given.state, given.accepted_by, given.witness) == ("active", "app", None)


def test_what_stands_in_the_way_has_its_status() -> None:
    assert NotRepresentative.status == organisations.NotRepresentative.status == 403
    assert (organisations.AlreadyMember.status, organisations.TooManyMembers.status) == (409, 409)
    assert (witnessing.OwnMatter.status, MandateMissing.status) == (403, 403)
    assert organisations.MEMBER_LIMIT == 100
