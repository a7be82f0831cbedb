"""Consents: how many messages of a subscription may be sent."""

from collections.abc import Mapping

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib.core.attributes import ledger_of, read_ledger
from chalicelib.core.idempotency import Ledger
from chalicelib.core.tables import condition_failed
from chalicelib.notifications.domain import Consents
from chalicelib.notifications.storage._records import ConsentsRecord


def load_consents(citizen_id: str, subscription: str) -> Consents:
    """Return the consents that are left."""
    try:
        record = ConsentsRecord.get(f"C#{citizen_id}", f"S#{subscription}", consistent_read=True)
    except ConsentsRecord.DoesNotExist:
        return Consents()
    return _consents(record)


def list_consents(citizen_id: str) -> Mapping[str, Consents]:
    """Return a citizen's consents by subscription."""
    records = ConsentsRecord.query(
        f"C#{citizen_id}", ConsentsRecord.sk.startswith("S#"), consistent_read=True
    )
    return {record.sk[2:]: _consents(record) for record in records}


def add_consents(
    citizen_id: str, subscription: str, old: Consents, count: int, ledger: Ledger
) -> bool:
    """Set the number of consents; False when it changed since `old` was read."""
    if old.version:
        as_seen = (ConsentsRecord.version == old.version) & (
            ConsentsRecord.remaining == old.remaining
        )
    else:
        as_seen = ConsentsRecord.pk.does_not_exist()
    record = ConsentsRecord(f"C#{citizen_id}", f"S#{subscription}")
    actions: list[Action] = [
        ConsentsRecord.remaining.set(count),
        ConsentsRecord.version.set(old.version + 1),
        ConsentsRecord.ledger.set(ledger_of(ledger)),
    ]
    try:
        record.update(actions, condition=as_seen)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def take_consent(citizen_id: str, subscription: str, notification_id: str) -> bool:
    """Take one consent for a notice; idempotent. False when none is left."""
    not_mine_yet = ConsentsRecord.reserved.does_not_exist() | ~ConsentsRecord.reserved.contains(
        notification_id
    )
    record = ConsentsRecord(f"C#{citizen_id}", f"S#{subscription}")
    actions: list[Action] = [
        ConsentsRecord.remaining.add(-1),
        ConsentsRecord.reserved.add({notification_id}),
    ]
    try:
        record.update(actions, condition=(ConsentsRecord.remaining >= 1) & not_mine_yet)
    except UpdateError as error:
        condition_failed(error)
        return notification_id in load_consents(citizen_id, subscription).reserved
    return True


def use_consent(citizen_id: str, subscription: str, notification_id: str) -> None:
    """Note that a taken consent was used; idempotent."""
    _let_go(citizen_id, subscription, notification_id, [])


def return_consent(citizen_id: str, subscription: str, notification_id: str) -> None:
    """Give back a taken consent that was not used; idempotent."""
    _let_go(citizen_id, subscription, notification_id, [ConsentsRecord.remaining.add(1)])


def clear_consents(citizen_id: str, subscription: str, notification_id: str) -> None:
    """Note that the platform knows of no consent."""
    _let_go(citizen_id, subscription, notification_id, [ConsentsRecord.remaining.set(0)])


def _let_go(
    citizen_id: str, subscription: str, notification_id: str, actions: list[Action]
) -> None:
    record = ConsentsRecord(f"C#{citizen_id}", f"S#{subscription}")
    try:
        record.update(
            [ConsentsRecord.reserved.delete({notification_id}), *actions],
            condition=ConsentsRecord.reserved.contains(notification_id),
        )
    except UpdateError as error:
        condition_failed(error)


def _consents(record: ConsentsRecord) -> Consents:
    ledger, reserved = read_ledger(record.ledger), frozenset(record.reserved or ())
    return Consents(int(record.remaining), int(record.version), ledger, reserved)
