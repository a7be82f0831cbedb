"""The rules of a person's accounts: which proof outranks which, and what a joining still allows."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.identity.domain import links
from chalicelib.identity.domain.links import Joined, Link, LinkProof, Proof

AT = datetime(2034, 1, 3, 2, tzinfo=UTC)
HOURS_72 = timedelta(hours=72)


@pytest.mark.parametrize(
    ("proof", "other", "outranks"),
    [
        ("match", None, True),
        ("match", "match", False),
        ("match", "platform", False),
        ("match", "counter", False),
        ("platform", "match", True),
        ("platform", "platform", False),
        ("platform", "counter", False),
        ("counter", "match", True),
        ("counter", "platform", True),
        ("counter", "counter", False),
    ],
)
def test_a_better_proof_alone_outranks(proof: Proof, other: Proof | None, outranks: bool) -> None:
    assert links.outranks(proof, other) is outranks


@pytest.mark.parametrize(
    ("proof", "later", "lesser"),
    [
        ("code", timedelta(), True),
        ("code", HOURS_72 - timedelta(seconds=1), True),
        ("code", HOURS_72, False),
        ("platform", timedelta(), False),
        ("counter", timedelta(), False),
    ],
)
def test_who_came_by_a_code_has_lesser_rights_for_72_hours(
    proof: LinkProof, later: timedelta, lesser: bool
) -> None:
    now = AT + later
    assert Joined("owner", "link", AT, 0, proof).on_probation(now) is lesser
    assert Link("link", "account", "wechat", "key", AT, proof=proof).can_be_undone(now) is lesser


def test_a_link_says_which_account_asks() -> None:
    assert links.account_of("abcdEFGH12345678") == "abcdEFGH"
    assert links.account_of("") == ""
