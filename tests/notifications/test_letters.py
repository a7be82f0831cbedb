"""A letter for who is reached by nothing else, and what messages cost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.cases.uploads.service import scans
from chalicelib.core.clock import office_time
from chalicelib.identity import service as identity
from chalicelib.notifications import service
from chalicelib.notifications.service import statistics
from tests.notifications.texts import Texts, number, post, texts_served
from tests.notifications.world import events_of, paid, somebody
from tests.support import functions
from tests.support.cases import application, have_papers, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen, id_number


@pytest.fixture
def texts(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Texts]:
    with texts_served(monkeypatch) as found:
        yield found


@pytest.fixture
def desk(client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(
        scans, "adopt", lambda _staff, citizen, _ids: have_papers(Citizen(citizen, "", ""))
    )
    return worker(client)


def taken_in(client: ApiClient, desk: str, **person: str) -> str:
    given = {"name": "王奶奶", "id_number": id_number(), **person}
    made = post(client, desk, "/v1/admin/cases", {**application("elder-card"), "person": given})
    assert made.status == 201, made.body
    case_id: str = made.json()["case_id"]
    return case_id


def letter(client: ApiClient, desk: str, case_id: str) -> Answer:
    pdf = {"accept": "application/pdf"}
    return client.get(f"/v1/admin/cases/{case_id}/letter", token=desk, headers=pdf)


def test_who_has_nothing_gets_a_letter(client: ApiClient, texts: Texts, desk: str) -> None:
    case_id = taken_in(client, desk)
    # Nothing was told yet.
    assert letter(client, desk, case_id).status == 404
    for event in events_of(case_id):
        functions.notify(event, event.moment)
    printed = letter(client, desk, case_id)
    assert (printed.status, printed.headers["content-type"]) == (200, "application/pdf")
    assert printed.body.startswith(b"%PDF-")
    assert printed.body == letter(client, desk, case_id).body
    far = worker(client, hall="hall-330203")
    assert letter(client, far, case_id).status == 404


def test_who_is_reached_otherwise_gets_none(client: ApiClient, texts: Texts, desk: str) -> None:
    case_id = taken_in(client, desk, phone=number())
    for event in events_of(case_id):
        functions.notify(event, event.moment)
    answer = letter(client, desk, case_id)
    assert (answer.status, answer.code) == (409, "reached_otherwise")


def test_what_messages_cost_is_told_by_day_and_channel(client: ApiClient, texts: Texts) -> None:
    at = MONDAY + timedelta(days=40)
    day = office_time(at).date()
    texts.now = at
    me, _ = somebody()
    identity.prove_contact(me, "phone", number(), "code", at)
    for seq in (1, 2):
        for _ in range(2):
            service.on_event(paid(me, seq, at), at)
    rows = list(statistics.messages(frozenset(), day, day))
    assert rows == [
        {"date": str(day), "channel": "sms", "messages": 2, "parts": 2, "cost_mills": 90}
    ]
    following = day + timedelta(days=1)
    assert list(statistics.messages(frozenset(), following, following)) == []
