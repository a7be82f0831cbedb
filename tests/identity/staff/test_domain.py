from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.core.errors import StaleVersion
from chalicelib.core.four_eyes import SecondPersonNeeded, Word
from chalicelib.identity import domain as accounts
from chalicelib.identity.staff import domain
from chalicelib.identity.staff.domain import Admins, LastAdmin, Rights, StaffAccount, StaffExists

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ADMIN = Rights(frozenset({"admin"}), frozenset({"hall-1"}))
CLERK = Rights(frozenset({"clerk"}), frozenset({"hall-2", "hall-1"}), None, frozenset({"tax"}))


def word(by: str) -> Word:
    return Word("create", by, NOW, "reason")


@pytest.mark.parametrize(
    ("room", "name", "status"),
    [
        (domain, "TotpRequired", 401),
        (domain, "PasswordChangeRequired", 403),
        (domain, "StaffExists", 409),
        (domain, "LastAdmin", 409),
        (accounts, "InvalidLoginCode", 401),
        (accounts, "ProviderUnavailable", 503),
        (accounts, "InvalidRefreshToken", 401),
        (accounts, "RefreshTokenReused", 401),
    ],
)
def test_a_refusal_has_its_status(room: object, name: str, status: int) -> None:
    assert getattr(room, name).status == status


def test_rights_are_written_into_the_history_by_hall_or_division() -> None:
    halls = {"roles": "clerk", "halls": "hall-1 hall-2", "departments": "tax"}
    assert CLERK.facts == halls
    division = Rights(frozenset({"clerk", "auditor"}), division_prefix="3302")
    assert division.facts == {"roles": "auditor clerk", "halls": "3302*"}
    assert (ADMIN.is_admin, CLERK.is_admin) == (True, False)


def test_one_admin_is_always_left() -> None:
    li, wang = (StaffAccount(name, rights=ADMIN) for name in ("li", "wang"))
    both = Admins().after(li).after(wang)
    assert both.usernames == {"li", "wang"}
    assert both.after(li) == both
    assert both.after(StaffAccount("li", rights=CLERK)).usernames == {"wang"}
    assert both.after(StaffAccount("nobody", rights=CLERK)).usernames == {"li", "wang"}
    with pytest.raises(LastAdmin):
        Admins().after(li).after(StaffAccount("li"))


def test_a_password_that_another_person_chose_is_to_be_changed() -> None:
    account = StaffAccount("li", rights=CLERK, generation=4)
    reset = domain.reset_password(account, "hash", "staff:wang").new
    own = domain.change_password(reset, "hash").new
    assert (reset.password_expired, own.password_expired) == (True, False)
    assert (reset.generation, own.generation) == (5, 6)


def test_other_one_time_codes_end_log_ins_and_the_first_do_not() -> None:
    first = domain.enrol(StaffAccount("li"), "a", "key", "staff:li").new
    again = domain.enrol(first, "b", "key", "staff:wang").new
    assert (first.generation, again.generation) == (0, 1)


A, B = "staff:admin-a", "staff:admin-b"


@pytest.mark.parametrize(
    ("acts", "open_to"),
    [
        ([], set()),
        # Without a second factor the password is all.
        ([("reset", A)], {A}),
        ([("reset", A), ("change", "")], {A}),
        ([("reset", A), ("change", ""), ("reset", B)], {B}),
        # With one, who set both.
        ([("enrol", A)], set()),
        ([("enrol", A), ("reset", A)], {A}),
        ([("enrol", B), ("reset", A)], set()),
        ([("reset", A), ("enrol", B)], set()),
        ([("reset", A), ("enrol", A), ("change", "")], {A}),
        ([("reset", A), ("enrol", "staff:li")], set()),
        ([("reset", A), ("enrol", A), ("enrol", B), ("reset", B)], {B}),
    ],
)
def test_an_account_is_open_to_who_has_set_all_that_it_is_logged_in_with(
    acts: list[tuple[str, str]], open_to: set[str]
) -> None:
    account = StaffAccount("li", rights=ADMIN)
    for act, by in acts:
        if act == "reset":
            account = domain.reset_password(account, "hash", by).new
        elif act == "change":
            account = domain.change_password(account, "hash").new
        else:
            account = domain.enrol(account, "secret", "key", by).new
    assert {actor for actor in (A, B, "staff:li", "") if account.is_open_to(actor)} == open_to
    assert domain.remove(account).new.is_open_to(A) is False


def test_who_is_removed_can_do_nothing_and_is_logged_in_nowhere() -> None:
    decision = domain.remove(StaffAccount("li", "hash", CLERK, "a", "key", 3))
    assert decision.new == StaffAccount("li", generation=4)
    assert [event.type for event in decision.events] == ["staff.removed"]
    withdrawn = domain.remove(StaffAccount("li", "hash"))
    assert [event.type for event in withdrawn.events] == ["staff.creation_withdrawn"]


def test_an_admin_is_made_by_two_persons_and_no_account_twice() -> None:
    old, fresh = StaffAccount("li"), StaffAccount("li", "hash", ADMIN)
    asked = domain.create(old, fresh, word("wang"), same=True).new
    assert (asked.active, asked.proposal and asked.proposal.rights) == (False, ADMIN)
    with pytest.raises(SecondPersonNeeded):
        domain.create(asked, fresh, word("wang"), same=True)
    made = domain.create(asked, fresh, word("zhao"), same=True).new
    assert (made.rights, made.proposal) == (ADMIN, None)
    with pytest.raises(StaffExists):
        domain.create(made, fresh, word("zhao"), same=True)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("InvalidCredentials", 401),
        ("AccountLocked", 429),
        ("SecondFactorRequired", 403),
        ("OwnAccount", 403),
    ],
)
def test_another_refusal_has_its_status(name: str, status: int) -> None:
    assert getattr(domain, name).status == status


def test_an_account_that_never_was_has_version_0_and_no_rights() -> None:
    nobody = StaffAccount("li")
    assert (nobody.version, nobody.generation, nobody.active) == (0, 0, False)
    assert (nobody.subject_id, nobody.password_expired) == ("staff:li", False)
    assert Admins().version == 0
    assert {"admin", "supervisor"} == domain.SECOND_FACTOR_ROLES
    assert StaffAccount("li", rights=CLERK).active


def test_who_is_no_admin_is_made_by_one_person() -> None:
    fresh = StaffAccount("li", "hash", CLERK)
    made = domain.create(StaffAccount("li"), fresh, word("w"), same=False)
    assert (made.new.rights, made.new.password_hash, made.new.proposal) == (CLERK, "hash", None)
    [event] = made.events
    assert (event.type, event.facts) == ("staff.created", {**CLERK.facts, "reason": "reason"})


def test_the_second_person_agrees_to_the_same_password_and_rights_alone() -> None:
    old, fresh = StaffAccount("li"), StaffAccount("li", "hash", ADMIN, password_expired=True)
    asked = domain.create(old, fresh, word("wang"), same=False)
    assert asked.events[0].type == "staff.created_asked"
    assert asked.new.password_expired
    other_password = domain.create(asked.new, fresh, word("zhao"), same=False)
    assert other_password.events[0].type == "staff.created_asked"
    wider = replace(fresh, rights=replace(ADMIN, office_ids=frozenset({"hall-2"})))
    other_rights = domain.create(asked.new, wider, word("zhao"), same=True)
    assert other_rights.events[0].type == "staff.created_asked"
    agreed = domain.create(asked.new, fresh, word("zhao"), same=True)
    assert agreed.events[0].type == "staff.created"
    assert agreed.events[0].facts["asked_by"] == "wang"


def test_rights_change_by_one_person_and_to_an_admins_by_two() -> None:
    clerk = StaffAccount("li", rights=CLERK)
    auditor = Rights(frozenset({"auditor"}))
    changed = domain.change(clerk, auditor, Word("change", "wang", NOW, ""))
    assert changed
    assert (changed.new.rights, changed.events[0].type) == (auditor, "staff.changed")
    assert changed.events[0].facts == auditor.facts
    asked = domain.change(clerk, ADMIN, word("wang"))
    assert asked
    assert (asked.new.rights, asked.events[0].type) == (CLERK, "staff.changed_asked")
    with pytest.raises(SecondPersonNeeded):
        domain.change(asked.new, ADMIN, word("wang"))
    agreed = domain.change(asked.new, ADMIN, word("zhao"))
    assert agreed
    assert (agreed.new.rights, agreed.new.proposal) == (ADMIN, None)
    # An admin's halls are changed by one.
    elsewhere = replace(ADMIN, office_ids=frozenset({"hall-2"}))
    moved = domain.change(agreed.new, elsewhere, word("wang"))
    assert moved
    assert (moved.new.rights, moved.events[0].type) == (elsewhere, "staff.changed")


def test_the_same_rights_again_take_back_what_was_asked_for() -> None:
    clerk = StaffAccount("li", rights=CLERK)
    assert domain.change(clerk, CLERK, word("wang")) is None
    asked = domain.change(clerk, ADMIN, word("wang"))
    assert asked
    withdrawn = domain.change(asked.new, CLERK, word("zhao"))
    assert withdrawn
    assert withdrawn.new == clerk
    assert withdrawn.events[0].type == "staff.change_withdrawn"
    assert withdrawn.events[0].facts == {"reason": "reason"}


@pytest.mark.parametrize(("seen", "stale"), [(None, False), (3, False), (2, True), (4, True)])
def test_a_change_says_which_version_it_saw(seen: int | None, *, stale: bool) -> None:
    account = StaffAccount("li", version=3)
    if not stale:
        domain.check_version(account, seen)
        return
    with pytest.raises(StaleVersion) as refused:
        domain.check_version(account, seen)
    assert refused.value.extra == {"current": 3}


def test_signing_out_ends_log_ins_and_unlocking_changes_nothing() -> None:
    account = StaffAccount("li", rights=CLERK, generation=4)
    assert domain.sign_out(account).new == replace(account, generation=5)
    assert domain.unlock(account).new == account
    types = [one(account).events[0].type for one in (domain.sign_out, domain.unlock)]
    assert types == ["staff.signed_out", "staff.unlocked"]


def test_an_admin_says_whose_account_it_is_and_the_same_again_changes_nothing() -> None:
    account = StaffAccount("li", rights=CLERK)
    known = domain.set_person(account, "person-1")
    assert known
    assert known.new == replace(account, person="person-1")
    assert [(event.type, event.facts) for event in known.events] == [("staff.person_set", {})]
    assert domain.set_person(known.new, "person-1") is None
    other = domain.set_person(known.new, "person-2")
    assert other
    assert other.new.person == "person-2"


def test_a_reset_and_codes_are_written_into_the_history_without_what_they_are() -> None:
    account = StaffAccount("li", rights=CLERK)
    decisions = {
        "staff.password_reset": domain.reset_password(account, "hash", A),
        "staff.password_changed": domain.change_password(account, "hash"),
        "staff.totp_enrolled": domain.enrol(account, "secret", "key", A),
    }
    for type_, decision in decisions.items():
        assert [(event.type, event.facts) for event in decision.events] == [(type_, {})]
    assert decisions["staff.password_reset"].new.password_hash == "hash"
    enrolled = decisions["staff.totp_enrolled"].new
    assert (enrolled.totp, enrolled.wrapped_key) == ("secret", "key")
