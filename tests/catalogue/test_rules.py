"""The rules of the demonstration, and what anyone reads of rules."""

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain.rules import FACTS
from chalicelib.core import expressions
from tests.support.client import ApiClient


def test_every_rule_of_the_demonstration_is_an_expression_over_facts(engine: object) -> None:
    services = {one.service_id: one for one in catalogue.current().services.values()}
    decided = {name for name, one in services.items() if one.ruleset}
    assert decided == {"elder-card", "driving-licence-renewal", "medical-remote-filing"}
    assert {"form", "applicant", "fee", "lookups"} < FACTS
    for name in decided:
        found = services[name].ruleset
        assert found
        for one in found.rules:
            expressions.check(one.expression)
            # No law is named whose text was not at hand.
            assert one.legal_basis is None


def test_anyone_reads_the_rules_in_both_languages(client: ApiClient) -> None:
    for lang, word in (("zh-CN", "60 周岁"), ("en", "60 or older")):
        answer = client.get("/v1/services/elder-card/rules", headers={"Accept-Language": lang})
        first = answer.json()["items"][0]
        assert first.keys() == {"rule_id", "text", "legal_basis", "if_not"}
        assert (first["rule_id"], first["if_not"], first["legal_basis"]) == ("age", "refer", None)
        assert word in first["text"]
    assert client.get("/v1/services/passport-issue/rules").json()["items"] == []
    assert client.get("/v1/services/none/rules").status == 404
