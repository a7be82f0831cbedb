"""What is known is not asked: filled in from the profile, certificates and former cases."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.cases.domain.prefill import Known, filled, of_person
from chalicelib.cases.storage._records import MineRecord
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import forms
from infra.local.engine import Engine
from tests.certificates.world import issued, revoke
from tests.support.cases import application, form_of, lodge, verified, verify
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered
from tests.support.people import Citizen, childs_number, log_in, new_code

TODAY = date(2027, 3, 1)


def ask(client: ApiClient, who: Citizen, service: str, query: str = "") -> Answer:
    return client.get(f"/v1/services/{service}/prefill{query}", token=who.token)


def told(client: ApiClient, who: Citizen, service: str, query: str = "") -> dict[str, Any]:
    answer = ask(client, who, service, query)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_form_refuses_what_is_filled_in(engine: Engine, data: st.DataObject) -> None:
    services = list(catalogue.current().services.values())
    service = data.draw(st.sampled_from(services))
    keys = sorted({r["x-key"] for r in forms.fields_of(service).values() if "x-key" in r})
    values = st.one_of(st.text(max_size=40), st.integers(), st.booleans(), st.just("2027-03-01"))
    sources: st.SearchStrategy[Any] = st.sampled_from(
        ["previous", "profile", "certificate", "register"]
    )
    about = [
        Known(key, data.draw(values), data.draw(sources), TODAY) for key in keys for _ in range(2)
    ]

    def refused(form: Any) -> list[str]:
        errors = forms.violations(service, form, TODAY)
        return [error.pointer.removeprefix("/form/") for error in errors]

    found = filled(forms.fields_of(service), about, refused)
    assert not set(refused({name: one.value for name, one in found.items()})) & found.keys()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_is_known_of_one_does_not_change_what_another_is_told(
    engine: Engine, data: st.DataObject
) -> None:
    """Whatever else is kept beside A's own, of others or of nobody known: A is told the same."""
    services = list(catalogue.current().services.values())
    service = data.draw(st.sampled_from(services))
    keys = sorted({r["x-key"] for r in forms.fields_of(service).values() if "x-key" in r})
    sources = st.sampled_from(["previous", "certificate"])
    values = st.one_of(st.text(max_size=20), st.booleans(), st.just("13911112222"))
    days = st.dates(TODAY - timedelta(days=700), TODAY)

    def refused(form: Any) -> list[str]:
        errors = forms.violations(service, form, TODAY)
        return [error.pointer.removeprefix("/form/") for error in errors]

    record = st.builds(Known, st.sampled_from(keys), values, sources, days)
    own = [("A", one) for one in data.draw(st.lists(record, max_size=12))]
    others = st.tuples(st.sampled_from(["B", "a", "", None]), record)
    mixed = data.draw(st.permutations([*own, *data.draw(st.lists(others, max_size=12))]))

    def told_of(kept: list[Any], person: str | None) -> dict[str, Known]:
        about = [known_ for _, known_ in of_person(kept, person, lambda one: one[0])]
        return filled(forms.fields_of(service), about, refused)

    in_order = [one for one in mixed if one[0] == "A"]
    assert told_of(mixed, "A") == told_of(in_order, "A")
    assert told_of(mixed, None) == told_of(mixed, "C") == {}


def test_each_service_can_be_filled_in_somewhere(engine: Engine) -> None:
    for service in catalogue.current().services.values():
        keys = [r["x-key"] for r in forms.fields_of(service).values() if "x-key" in r]
        assert keys, service.service_id
        assert len(set(keys)) == len(keys), service.service_id


def test_nothing_is_known_of_a_stranger(client: ApiClient, morning: TestClock) -> None:
    found = told(client, log_in(client), "passport-issue")
    assert found["form"] == {}
    assert found["materials"] == {}
    assert (found["asked"], found["filled"]) == (16, 0)


def test_a_second_application_asks_less(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    client.patch("/v1/me", {"phone": "13911112222"}, token=me.token)
    first = form_of("elder-card")
    assert lodge(client, me, service="elder-card").status == 201
    found = told(client, me, "residence-permit")
    form = found["form"]
    assert form["residence_address"] == {
        "value": first["residence_address"],
        "source": "previous",
        "as_of": "2027-03-01",
        "editable": True,
    }
    assert form["contact_phone"]["value"] == "13911112222"
    assert form["contact_phone"]["source"] == "profile"
    assert found["filled"] == len(form) >= 2
    assert found["materials"]["photo"] == {"upload_id": "upload-photo"}
    # What is filled in is lodged as it is.
    body = application("residence-permit")
    body["form"] |= {name: one["value"] for name, one in form.items()}
    body["materials"] = [
        {"material_id": one["material_id"], **found["materials"].get(one["material_id"], one)}
        for one in body["materials"]
    ]
    assert client.post("/v1/cases", body, token=me.token).status == 201


def test_a_certificate_counts_for_more_and_stands_for_its_paper(
    client: ApiClient, morning: TestClock
) -> None:
    me = verified(client)
    mine = issued(client, me, "sole-trader-registration")
    found = told(client, me, "food-business-licence")
    assert found["materials"]["business-licence"] == {"certificate_id": mine["certificate_id"]}
    address = found["form"]["premises_address"]
    assert address["source"] == "certificate"
    assert address["value"] == mine["fields"]["premises_address"]
    revoke(client, mine["certificate_id"])
    found = told(client, me, "food-business-licence")
    assert "certificate_id" not in found["materials"].get("business-licence", {})
    assert found["form"]["premises_address"]["source"] == "previous"


def test_nothing_of_one_reaches_another(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    child = {"name": "王小小", "id_number": childs_number(), "relation": "child"}
    member = client.post("/v1/me/family", child, token=me.token).json()["member_id"]
    assert lodge(client, me, service="elder-card").status == 201
    query = f"?for_member={member}"
    of_child = told(client, me, "residence-permit", query)
    assert "residence_address" not in of_child["form"]
    assert of_child["materials"] == {"employment-proof": {"register_id": "social-insurance"}}
    assert lodge(client, me, service="residence-permit", for_member=member).status == 201
    again = told(client, me, "residence-permit", query)
    assert again["form"]["residence_address"]["source"] == "previous"
    assert told(client, verified(client), "residence-permit")["form"].keys() <= {"contact_phone"}
    assert ask(client, verified(client), "residence-permit", query).status == 404
    assert ask(client, me, "no-such-service").status == 404


@pytest.mark.parametrize(("days", "remembered"), [(730, True), (731, False)])
def test_what_is_older_than_two_years_is_asked_again(
    client: ApiClient, morning: TestClock, days: int, remembered: bool
) -> None:
    code = new_code()
    verify(client, log_in(client, code))
    me = log_in(client, code)
    assert lodge(client, me, service="elder-card").status == 201
    morning.advance(days * 86_400 - 3600)
    found = told(client, log_in(client, code), "residence-permit")
    assert ("residence_address" in found["form"]) == remembered


def test_what_was_applied_for_before_much_else_is_not_asked_again(
    client: ApiClient, morning: TestClock
) -> None:
    me = verified(client)
    assert lodge(client, me, service="sole-trader-registration").status == 201
    for service in ("elder-card", "hk-macau-permit", "taiwan-permit", "passport-issue") * 2:
        morning.advance(60)
        assert lodge(client, me, service=service).status == 201
    with metered() as cost:
        found = told(client, me, "open-a-restaurant")["form"]
    assert found["capital_yuan"]["source"] == "previous"
    assert found["contact_phone"]["source"] == "previous"
    assert cost.rcu <= 6, cost.bill
    # What was lodged before it was noted whose it is, and of which service, is read to know.
    for one in MineRecord.query(f"C#{me.citizen_id}", MineRecord.sk.startswith("K#")):
        one.update([MineRecord.service.remove(), MineRecord.person.remove()])
    assert told(client, me, "passport-issue")["form"]["birthplace"]["source"] == "previous"


def test_what_it_costs(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    lodge(client, me, service="elder-card")
    issued(client, me, "residence-permit")
    with metered() as cost:
        told(client, me, "residence-permit")
    told_ = f"{cost.wcu} / {cost.rcu} / {cost.trips} {cost.calls}"
    assert cost.wcu == 0, told_
    assert cost.rcu <= 6, told_
    assert cost.trips <= 2, told_
