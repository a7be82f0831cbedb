"""Reminders before a certificate ends, once each, also after a run that failed."""

from datetime import timedelta

import pytest

from chalicelib.certificates import storage
from chalicelib.core import dependencies, events
from tests.certificates.world import issued, revoke, show
from tests.support.cases import verified, verify
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.functions import notify, run
from tests.support.people import log_in, new_code

RENEWAL = "residence-permit"


def types_of(code: str) -> list[str]:
    return [entry.type.removeprefix("certificate.") for entry in storage.load_entries(code)]


@pytest.mark.parametrize("late", [0, 2])
def test_a_holder_is_reminded_three_times(client: ApiClient, morning: TestClock, late: int) -> None:
    name = new_code()
    verify(client, log_in(client, name))
    me = log_in(client, name)
    made = issued(client, me, RENEWAL)
    code, now = made["verification_code"], dependencies.clock().now()
    ends = now + timedelta(days=366)
    for days, count in ((61, 0), (60, 1), (30, 2), (7, 3)):
        for _ in range(2):
            run("remind_certificates", ends - timedelta(days=days) + timedelta(days=late))
        if late == 0 or days != 61:
            assert types_of(code)[1:] == ["ends_soon"] * count
    told = storage.load_entries(code)[-1]
    notify(events.of_entry(told), events.of_entry(told).moment)
    inbox = client.get("/v1/notifications", token=me.token).json()["items"]
    [notice] = [one for one in inbox if one["event"] == "certificate.ends_soon"]
    assert "2028年3月1日" in notice["body"]
    assert notice["subject_id"] == made["certificate_id"]
    # What the notice leads to has the renewal one tap away.
    assert made["renewal"] is None
    morning.advance(timedelta(days=306).total_seconds())
    assert show(client, log_in(client, name), made["certificate_id"])["renewal"] == RENEWAL


def test_what_was_revoked_is_not_spoken_of(client: ApiClient, morning: TestClock) -> None:
    made = issued(client, verified(client), "residence-permit")
    revoke(client, made["certificate_id"])
    run("remind_certificates", dependencies.clock().now() + timedelta(days=366 - 30))
    assert "ends_soon" not in types_of(made["verification_code"])
