"""Couriers' accounts as staff keep them, on the accounts of webhooks."""

from dataclasses import dataclass, replace
from typing import Final

from chalicelib.core import audit
from chalicelib.core.changes import Author
from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.couriers.service.directory import DIRECTORY
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.deliveries.storage import KEYS
from chalicelib.webhooks.domain.account import Secret
from chalicelib.webhooks.service.accounts import (
    AccountChanged,
    AccountEvents,
    Accounts,
    check_endpoint,
)


class CourierExists(Problem):
    """Another courier has this id, or something else that has a history."""

    status = 409
    code = "courier_exists"
    title = Text("该编号已被使用", "This id is taken already")


ACCOUNTS: Final[Accounts[Courier]] = Accounts(
    DIRECTORY,
    AccountEvents(
        created="courier.created",
        changed="courier.changed",
        secret_rotated="courier.secret_rotated",  # noqa: S106 - the name of an event.
        paused="courier.paused",
        resumed="courier.resumed",
        pinged="courier.pinged",
        message_replayed="courier.message_replayed",
        disabled="courier.disabled",
        troubled="courier.troubled",
        recovered="courier.recovered",
        ping="delivery.ping",
    ),
    CourierExists,
    KEYS,
)


@dataclass(frozen=True, slots=True)
class CourierDetails:
    """What staff say of a courier; None leaves a field as it is.

    `office_id` is said once, at the beginning: whose it is does not change.
    """

    name: str | None = None
    endpoint: str | None = None
    division_codes: tuple[str, ...] | None = None
    services: frozenset[Direction] | None = None
    office_id: str | None = None


def create(
    courier_id: str, details: CourierDetails, author: Author, secret: str | None = None
) -> AccountChanged[Courier]:
    """Make an account and its first secret; raises InvalidRequest or CourierExists."""

    def make(wrapped_key: str, sealed: Secret) -> Courier:
        return Courier(
            courier_id,
            details.name or courier_id,
            details.endpoint or "",
            wrapped_key,
            (sealed,),
            division_codes=details.division_codes or (),
            services=details.services or frozenset(),
            office_id=details.office_id,
        )

    return ACCOUNTS.create(courier_id, make, author, secret)


def change(courier_id: str, details: CourierDetails, author: Author) -> AccountChanged[Courier]:
    """Change what is given; raises NotFound or InvalidRequest."""
    if details.endpoint is not None:
        check_endpoint(details.endpoint)

    def decide(old: Courier) -> Courier:
        return replace(
            old,
            name=details.name or old.name,
            endpoint=details.endpoint or old.endpoint,
            division_codes=details.division_codes or old.division_codes,
            services=details.services or old.services,
        )

    return ACCOUNTS.change(courier_id, decide, author)


def history_of(courier_id: str) -> audit.SubjectHistory | None:
    """Return the history of a courier's account, for auditors of its hall, or of any."""
    kept = ACCOUNTS.history_of(courier_id)
    return kept and replace(kept, office_id=DIRECTORY.find(courier_id).office_id)
