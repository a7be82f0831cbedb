"""What a clerk's word about a guardian means for the family: who is guardian of which minor."""

from datetime import date, datetime

from chalicelib.identity import service as identity
from chalicelib.identity.service import desk_accounts
from chalicelib.mandates import storage
from chalicelib.mandates.domain import Mandate, guarded_until


def last_day(guardian: str, minor: str) -> date | None:
    """Return until when a clerk's word makes one person the guardian of another; None for never."""
    account = desk_accounts.find(minor)
    given = storage.load_many(storage.list_given(account.citizen_id)) if account else []
    days = [guarded_until(one) for one in given if one.agent_person == guardian]
    return max(filter(None, days), default=None)


def tell_family(mandate: Mandate, now: datetime) -> None:
    """Let the agent's family know who is a guardian by a mandate, or is no longer. Idempotent."""
    if mandate.witness and mandate.witness.minor_until:
        identity.review_guardian(mandate.agent, mandate.principal_person, now)
