"""What is due for a case, an appointment or a bill, and for how long a payment of it may live."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.appointments.domain.slots import RESERVED_FOR
from chalicelib.cases import service as cases
from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.auth import Citizen
from chalicelib.core.money import Money
from chalicelib.payments.bills.service import paying
from chalicelib.payments.bills.service.paying import BillDue
from chalicelib.payments.domain.errors import NothingToPay
from chalicelib.payments.domain.fees import CALLED_OFF
from chalicelib.payments.domain.payments import LIVES, Client, Method, PaymentKind
from chalicelib.payments.service import orders


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a citizen wants to pay, and how; `is_holder` is who has a bill's number and code."""

    kind: PaymentKind
    subject: str
    method: Method
    client: Client
    is_holder: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid, by when, and the bill that it is for, if it is one."""

    service_id: str
    office_id: str
    amount: Money
    lives: timedelta
    bill: BillDue | None = None


def due_and_payer(
    caller: Citizen, request: PaymentRequest, now: datetime
) -> tuple[Due, str | None]:
    """Return what is due, and the account with which the caller pays inside a mini-program.

    Raises NotFound, NothingToPay or PayerUnknown.
    """
    if request.client not in orders.PLATFORMS:
        return _due(caller, request, now), None
    reads: list[Callable[[], Any]] = [
        lambda: _due(caller, request, now),
        lambda: orders.payer_of(caller.calls, request.client),
    ]
    due, payer = parallel.map_concurrently(lambda read: read(), reads)
    return due, payer


def _due(caller: Citizen, request: PaymentRequest, now: datetime) -> Due:
    citizen_id = caller.citizen_id
    if request.kind == "bill":
        bill = paying.due(caller, request.subject, now, is_holder=request.is_holder)
        return Due(bill.service_id, bill.bill.office_id, bill.amount, LIVES, bill)
    if request.kind == "appointment":
        appointment = appointments.mine(citizen_id, request.subject)
        if not appointment.active:
            raise NothingToPay(current=appointment.status)
        service = catalogue.service(appointment.service_id)
        amount = service.fee.amount
        lives = max(appointment.created_at + RESERVED_FOR - now, timedelta(minutes=1))
        if appointment.status is not AppointmentStatus.RESERVED:
            lives = LIVES
        return Due(service.service_id, appointment.slot.office_id, amount, lives)
    case = cases.mine(citizen_id, request.subject)
    if case.status in CALLED_OFF:
        raise NothingToPay(current=case.status)
    return Due(case.service_id, case.office_id, case.fee or Money(0), LIVES)
