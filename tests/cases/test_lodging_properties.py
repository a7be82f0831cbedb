"""Lodging, service by service, with whatever their forms allow and with what they do not."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core.ids import new_id
from infra.local.engine import Engine
from tests.support.cases import application, verified
from tests.support.client import Answer, ApiClient
from tests.support.forms import SERVICE_IDS, example, strategy
from tests.support.people import Citizen

QUICK = settings(
    max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
NOT_IT: st.SearchStrategy[Any] = st.sampled_from(
    [None, [], {}, [[[[[[[[]]]]]]]], {"a": {"b": {}}}, 10**15, -1.5e300, "", "长" * 4000, "\x00\n"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def me(engine: Engine) -> Citizen:
    return verified(ApiClient())


def form_schema(service_id: str) -> dict[str, Any]:
    guide = ApiClient().get(f"/v1/services/{service_id}", headers={"accept-language": "en"})
    schema: dict[str, Any] = guide.json()["form_schema"]
    return schema


def lodge(who: Citizen, service_id: str, form: object) -> Answer:
    body = application(service_id, form=form)
    key = {"Idempotency-Key": new_id()}
    return ApiClient().post("/v1/cases", body, token=who.token, headers=key)


@pytest.mark.parametrize("service_id", SERVICE_IDS)
@QUICK
@given(data=st.data())
def test_what_a_form_allows_is_lodged_and_kept(
    me: Citizen, service_id: str, data: st.DataObject
) -> None:
    form = data.draw(strategy(form_schema(service_id)))
    made = lodge(me, service_id, form)
    assert made.status == 201, made.body
    assert made.json()["form"] == form


@pytest.mark.parametrize("service_id", SERVICE_IDS)
@QUICK
@given(data=st.data())
def test_one_field_spoilt_is_told_where_it_is(
    me: Citizen, service_id: str, data: st.DataObject
) -> None:
    form = example(form_schema(service_id), whole=True)
    field = data.draw(st.sampled_from(sorted(form)))
    refused = lodge(me, service_id, {**form, field: data.draw(NOT_IT)})
    assert (refused.status, refused.code) == (422, "incomplete"), refused.body
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"/form/{field}"]


@settings(QUICK, max_examples=80)
@given(service_id=st.sampled_from(SERVICE_IDS), form=ANYTHING)
def test_anything_at_all_is_refused_in_words(me: Citizen, service_id: str, form: object) -> None:
    refused = lodge(me, service_id, form)
    assert refused.status in (400, 422), refused.body
    assert refused.json()["title"]
