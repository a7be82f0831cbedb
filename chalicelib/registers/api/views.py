"""How a look-up looks to its citizen, and to staff who decide by it."""

from typing import Any

from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel
from chalicelib.core.i18n import Lang
from chalicelib.registers.domain import Outcome
from chalicelib.registers.service import registers
from chalicelib.registers.service.queries import Shown


class LookupView(BodyModel):
    """What a register said: whether it confirms the `claim`, and the values that the form needs.

    `fields` are by the `x-key` of the form's fields. With an application it counts until
    `expires_at`.
    """

    lookup_id: str
    register_id: str
    service_id: str
    for_member: str | None
    title: str
    claim: str
    claim_title: str
    outcome: Outcome
    fields: dict[str, Any]
    consent: str
    as_of: str
    expires_at: str


def lookup_view(shown: Shown, lang: Lang) -> LookupView:
    """Present a look-up."""
    lookup, answer = shown.lookup, shown.answer
    register = registers.register_of(lookup.register_id)
    return LookupView(
        lookup_id=lookup.lookup_id,
        register_id=lookup.register_id,
        service_id=lookup.service_id,
        for_member=lookup.for_member,
        title=register.title.in_language(lang),
        claim=lookup.claim,
        claim_title=register.claims[lookup.claim].in_language(lang),
        outcome=answer.outcome,
        fields=dict(answer.fields),
        consent=lookup.consent,
        as_of=rfc3339(lookup.answered_at or lookup.asked_at),
        expires_at=rfc3339(lookup.expires_at),
    )
