"""Persons who were verified before accounts of record were kept: the operator's backfill."""

import contextlib
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from chalicelib.identity import storage
from chalicelib.identity.service import account_of_record
from chalicelib.identity.storage._records import PersonRecord, ProfileRecord
from infra.local.engine import Engine
from tests.identity.joining_world import verify
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import Citizen, id_number, log_in

AT = datetime(2037, 1, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now(clock: TestClock) -> None:
    clock.set(AT)


@pytest.fixture(autouse=True)
def _own(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the hundreds of accounts of other tests."""
    scan = storage.scan_verified
    others = {profile.citizen_id for profile in scan()}
    own = partial(filter, lambda profile: profile.citizen_id not in others)
    monkeypatch.setattr(storage, "scan_verified", lambda: own(scan()))


def person_of(who: Citizen) -> str:
    profile = storage.load_profile(who.citizen_id)
    assert profile
    return profile.person or ""


def old_account(client: ApiClient, number: str, proof: str) -> Citizen:
    """Return an account that was verified when none was of record, nor perhaps proofs kept."""
    me = log_in(client)
    assert verify(client, me, number).status == 200
    record = ProfileRecord.get(f"C#{me.citizen_id}", "profile")
    record.proof = proof or None
    record.save()
    PersonRecord(f"P#{person_of(me)}", "person").delete()
    return me


def of_record(who: Citizen) -> str | None:
    return storage.find_of_record(person_of(who))


def test_who_was_verified_before_gets_an_account_of_record(client: ApiClient) -> None:
    old = old_account(client, id_number(), "")
    new = log_in(client)
    assert verify(client, new, id_number()).status == 200
    counts = account_of_record.backfill_persons()
    assert (of_record(old), of_record(new)) == (old.citizen_id, new.citizen_id)
    assert counts["made"] == 1
    again = account_of_record.backfill_persons()
    assert (again["made"], again["moved"]) == (0, 0)


@pytest.mark.parametrize(
    ("proofs", "chosen"),
    [
        (("", "platform"), 1),
        (("match", ""), 0),
        (("platform", "platform"), 0),
        (("", "", "counter"), 2),
    ],
)
def test_of_accounts_of_one_person_the_best_proven_and_oldest_is_of_record(
    client: ApiClient, clock: TestClock, proofs: tuple[str, ...], chosen: int
) -> None:
    number, accounts = id_number(), []
    for index, proof in enumerate(proofs):
        clock.set(AT + timedelta(minutes=index))
        accounts.append(old_account(client, number, proof))
    account_of_record.backfill_persons()
    assert {of_record(one) for one in accounts} == {accounts[chosen].citizen_id}
    # The others are verified as ever, and join by verifying again.
    other = accounts[chosen - 1]
    assert client.get("/v1/me", token=other.token).json()["verification_level"] == "real_name"
    if proofs[chosen] != "match":
        assert verify(client, other, number).code == "person_known"


def test_an_account_that_others_joined_stays_of_record(client: ApiClient) -> None:
    number = id_number()
    better, joined = (old_account(client, number, proof) for proof in ("counter", ""))
    profile = ProfileRecord.get(f"C#{joined.citizen_id}", "profile")
    profile.links = {"somebody"}
    profile.save()
    assert storage.claim_of_record(person_of(joined), joined.citizen_id, None)
    account_of_record.backfill_persons()
    assert of_record(better) == joined.citizen_id


@pytest.mark.parametrize("calls", range(1, 6))
def test_a_backfill_that_stops_is_run_again(client: ApiClient, calls: int) -> None:
    old = old_account(client, id_number(), "")
    with crash_after(calls), contextlib.suppress(Crash):
        account_of_record.backfill_persons()
    account_of_record.backfill_persons()
    assert of_record(old) == old.citizen_id


def test_nobody_takes_the_place_of_whom_another_run_has_moved(client: ApiClient) -> None:
    old = old_account(client, id_number(), "")
    person = person_of(old)
    assert storage.claim_of_record(person, old.citizen_id, None)
    assert not storage.claim_of_record(person, "another", None)
    assert not storage.claim_of_record(person, "another", "a third")
    assert of_record(old) == old.citizen_id
