import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import (
    FieldError,
    InvalidRequest,
    MethodNotAllowed,
    Problem,
    TooManyRequests,
    Unauthenticated,
    pointer,
)
from chalicelib.core.i18n import Text


@given(st.lists(st.text("~/01ab", max_size=6)))
def test_a_pointer_leads_back_to_its_parts(parts: list[str]) -> None:
    read = [one.replace("~1", "/").replace("~0", "~") for one in pointer(*parts).split("/")[1:]]
    assert read == parts


@pytest.fixture
def reserved(monkeypatch: pytest.MonkeyPatch) -> type[Problem]:
    """A problem that no room has; the document lists all that are registered."""
    monkeypatch.setattr(Problem, "registry", dict(Problem.registry))
    facts = {
        "status": 409,
        "code": "reserved",
        "title": Text("已保留", "Reserved"),
        "detail": Text("为{who}保留", "Reserved for {who}"),
    }
    return type("Reserved", (Problem,), facts)


def test_a_problem_has_the_members_of_rfc_9457_and_its_own(reserved: type[Problem]) -> None:
    error = FieldError("/a", "missing", Text("此项必填", "This is required"))
    assert reserved(who="Li", errors=[error]).members("en", "r1") == {
        "type": "urn:onetrip:problem:reserved",
        "title": "Reserved",
        "status": 409,
        "code": "reserved",
        "detail": "Reserved for Li",
        "request_id": "r1",
        "who": "Li",
        "errors": [{"pointer": "/a", "code": "missing", "detail": "This is required"}],
    }
    plain = InvalidRequest().members("zh-CN", "r2")
    assert plain["detail"] == plain["title"] == "填写的内容有误"
    assert "errors" not in plain


def test_one_code_belongs_to_one_class() -> None:
    with pytest.raises(TypeError, match="invalid_request"):
        type("Twice", (Problem,), {"code": "invalid_request"})
    assert Problem.registry["invalid_request"] is InvalidRequest


def test_a_refusal_brings_the_headers_that_http_asks_for() -> None:
    assert Unauthenticated().headers() == {"WWW-Authenticate": 'Bearer realm="onetrip"'}
    assert TooManyRequests(retry_after=0).headers() == {"Retry-After": "0"}
    assert MethodNotAllowed(allow="GET, PUT").headers() == {"Allow": "GET, PUT"}
    assert InvalidRequest().headers() == {}
