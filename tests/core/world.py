"""What tests of all routes share."""

from datetime import datetime

from chalicelib.core import dependencies
from chalicelib.core.auth import Citizen as Caller
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id


def tokens(now: datetime) -> dict[str, str | None]:
    """Return a token that each kind of access lets through."""
    roles, issue = (
        frozenset({"clerk", "supervisor", "auditor", "admin"}),
        dependencies.tokens().issue,
    )
    me = new_id(8)
    return {
        "citizen": issue(Caller(me, me, "real_name"), now),
        "logged_in": issue(Caller(me, me, "real_name"), now),
        "staff": issue(Staff(new_id(8), roles, frozenset({"hall-330200"})), now),
        "public": None,
        "signature": None,
    }
