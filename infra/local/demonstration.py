"""The demonstration data: real services and halls, staff for all halls, slots for 30 days."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from chalicelib.appointments.draws.jobs import hold_draws
from chalicelib.appointments.jobs import slots
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.service import publishing
from chalicelib.core import dependencies
from chalicelib.core.changes import Author
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.deliveries.couriers.service import accounts, directory
from chalicelib.deliveries.couriers.service.accounts import CourierDetails
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.identity.staff import service as staff
from chalicelib.payments.bills.service import issuers
from chalicelib.payments.bills.service.issuers import NewIssuer
from chalicelib.subscribers.domain import Subscriber
from chalicelib.subscribers.service import accounts as subscribers
from chalicelib.subscribers.service.accounts import Subscription

PASSWORD: Final = "onetrip-demo"  # noqa: S105 - the demonstration's, told in the README.
COURIER: Final = "ems"
ISSUER: Final = "traffic-police"
SUBSCRIBER: Final = "command-centre"
# One hall's, so that a month has some dozens of messages.
_HEARD: Final = Subscription(
    "城市运行中心",
    types=("appointment.called", "appointment.fulfilled", "office.*"),
    office_ids=("hall-330282",),
)
_ACTOR: Final = "system:demonstration"
# By user name; what two persons decide needs a second of each.
STAFF: Final = {
    "clerk": "clerk",
    "clerk2": "clerk",
    "supervisor": "supervisor",
    "supervisor2": "supervisor",
    "auditor": "auditor",
    "admin": "admin",
    "admin-2": "admin",
}


# A department's staff, in all halls, log in by its id with this before it.
OF_DEPARTMENT: Final = "dept-"
_IN_A_DEPARTMENT: Final = frozenset({"clerk", "supervisor"})

# Beginnings of all division codes (GB/T 2260): EMS goes everywhere.
_EVERYWHERE: Final = (
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37",
    "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64",
    "65", "71", "81", "82",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desks:
    """Where messages for `ems`, the issuer of bills and a subscriber go, and what signs them."""

    courier: str
    courier_secret: str
    issuer: str
    issuer_secret: str
    subscriber: str
    subscriber_secret: str


def let_book(progress: Callable[[int, int], None]) -> None:
    """Make the slots of the coming days that are missing, and draw what is due.

    `progress` hears (done, all).
    """
    slots.generate(dependencies.clock().now(), progress)
    hold_draws(dependencies.clock().now())


def open_offices(desks: Desks) -> None:
    """Load what the offices work with: services, halls, staff, a courier, an issuer of bills.

    Loading it again completes what is missing.
    """
    publishing.publish_demonstration()
    for username, role in STAFF.items():
        staff.add_staff(username, PASSWORD, frozenset({role}), frozenset(), division_prefix="")
    for one in catalogue.departments():
        username, of_one = f"{OF_DEPARTMENT}{one.department_id}", frozenset({one.department_id})
        staff.add_staff(
            username,
            PASSWORD,
            _IN_A_DEPARTMENT,
            frozenset(),
            division_prefix="",
            department_ids=of_one,
        )
    _hire_ems(desks.courier, desks.courier_secret)
    _know_the_police(desks.issuer, desks.issuer_secret)
    _follow_the_command_centre(desks.subscriber)


def _hire_ems(desk: str, secret: str) -> None:
    now, both = dependencies.clock().now(), frozenset[Direction]({"to_citizen", "to_office"})
    known = next((one for one in directory.everyone() if one.courier_id == COURIER), None)
    if known is None:
        details = CourierDetails("中国邮政速递 EMS", desk, _EVERYWHERE, both)
        accounts.create(COURIER, details, Author(_ACTOR, now, _attempt("create", desk)), secret)
    elif known.endpoint != desk:
        # The run came up on another port.
        moved = CourierDetails(endpoint=desk)
        accounts.change(COURIER, moved, Author(_ACTOR, now, _attempt(f"move {now}", desk)))


def _know_the_police(desk: str, secret: str) -> None:
    now = dependencies.clock().now()
    known = next((one for one in issuers.DIRECTORY.everyone() if one.account_id == ISSUER), None)
    if known is None:
        details = NewIssuer(ISSUER, "市公安局交通警察支队", "public-security", desk)
        author = Author(_ACTOR, now, _attempt("create issuer", desk))
        issuers.create(details, author, secret)
    elif known.endpoint != desk:
        author = Author(_ACTOR, now, _attempt(f"move issuer {now}", desk))
        issuers.ACCOUNTS.change(ISSUER, lambda old: replace(old, endpoint=desk), author)


def tell_the_command_centre(desk: str, secret: str) -> None:
    """Let the city's command centre hear of what happens from now on, if it does not yet."""
    author = Author(_ACTOR, dependencies.clock().now(), _attempt("create subscriber", desk))
    if _command_centre() is None:
        subscribers.create(SUBSCRIBER, replace(_HEARD, endpoint=desk), author, secret)


def _follow_the_command_centre(desk: str) -> None:
    known, now = _command_centre(), dependencies.clock().now()
    if known and known.endpoint != desk:
        author = Author(_ACTOR, now, _attempt(f"move subscriber {now}", desk))
        subscribers.change(SUBSCRIBER, Subscription(endpoint=desk), author)


def _command_centre() -> Subscriber | None:
    everyone = subscribers.DIRECTORY.everyone()
    return next((one for one in everyone if one.account_id == SUBSCRIBER), None)


def _attempt(what: str, desk: str) -> Attempt:
    return Attempt(derived_id(what, length=16), derived_id(desk, length=8))
