"""The rules by which seats come out, as the guide shows them."""

from chalicelib.catalogue import service as catalogue
from tests.support.client import ApiClient

DAILY = {"mode": "daily_at", "opens_at": "09:00", "days_ahead": 7, "ramp_seconds": 120}


def test_the_guide_shows_the_rule_and_how_well_one_must_be_known(client: ApiClient) -> None:
    scarce = client.get("/v1/services/passport-issue").json()
    assert scarce["release"] == {**DAILY, "rerelease": None, "draw": None}
    assert scarce["required_level"]["book"] == "real_name"
    freed = client.get("/v1/services/marriage-registration").json()["release"]
    assert (freed["mode"], freed["rerelease"]) == ("at_once", {"minutes": [10, 120]})
    other = client.get("/v1/services/id-card-renewal").json()
    assert (other["release"]["mode"], other["release"]["rerelease"]) == ("at_once", None)
    assert other["release"]["opens_at"] is other["release"]["ramp_seconds"] is None
    assert other["required_level"]["book"] == "basic"


def test_all_services_that_share_slots_share_their_rule(client: ApiClient) -> None:
    known = catalogue.current()
    for (_, category), group in known.groups.items():
        assert group.release == catalogue.release_of(category)
    shown = {
        service.category: client.get(f"/v1/services/{service.service_id}").json()["release"]
        for service in known.services.values()
        if service.bookable
    }
    assert {c for c, rule in shown.items() if rule["mode"] == "daily_at"} == {"exit-entry"}


def test_what_is_drawn_is_found_by_service_and_hall(client: ApiClient) -> None:
    known = catalogue.current()
    expected = {
        (quota.service_id, office_id): quota
        for (office_id, _), group in known.groups.items()
        for quota in group.quotas
        if quota.draw
    }
    found = {(s, hall): quota for s, halls in known.drawn.items() for hall, quota in halls.items()}
    assert found == expected
    assert expected
