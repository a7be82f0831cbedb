"""Issuers of bills: accounts that sign what they say, and are told what was paid."""

from dataclasses import dataclass

from chalicelib.webhooks.domain.account import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer(Account):
    """An office that issues bills: a department's; a hall looks after their money."""

    department_id: str
    office_id: str
