from datetime import UTC, datetime

import pytest

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
    reset = domain.set_password(account, "hash", "staff.password_reset").new
    own = domain.set_password(reset, "hash", "staff.password_changed").new
    assert (reset.password_expired, own.password_expired) == (True, False)
    assert (reset.generation, own.generation) == (5, 6)


def test_other_one_time_codes_end_log_ins_and_the_first_do_not() -> None:
    first = domain.enrol(StaffAccount("li"), "a", "key").new
    assert (first.generation, domain.enrol(first, "b", "key").new.generation) == (0, 1)


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
