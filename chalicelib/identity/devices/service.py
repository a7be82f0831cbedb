"""Pairing the devices of a hall, and their log-ins.

A pairing code is a keyed hash of the device and kept nowhere. Who types it gets the log-in of the
device: an access token for minutes and a refresh token. What stops after the pairing is finished by
the same Idempotency-Key, which is answered the same tokens; without it staff announce another.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core import audit, changes, dependencies, idempotency, rate_limit
from chalicelib.core.auth import DEVICE, Staff
from chalicelib.core.changes import Applied, Author, Change
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.secret_code import is_right, letters_of, read_letters
from chalicelib.identity import storage as counters
from chalicelib.identity.devices import domain, storage
from chalicelib.identity.devices.domain import Device, DeviceStatus
from chalicelib.identity.domain import InvalidRefreshToken, TokenFamily
from chalicelib.identity.service import sessions
from chalicelib.identity.service.revocations import revocations
from chalicelib.identity.service.sessions import Session
from chalicelib.identity.staff.service import accounts as staff_accounts

MAY_ANNOUNCE: Final = ("supervisor", "admin")
_ID_LENGTH: Final = 10
_CODE_LENGTH: Final = 8
_FAMILY_LENGTH: Final = 16
_MINUTE: Final = 60
_WRONG: Final = FieldError(
    "/code", "wrong_code", Text("配对码不正确或已失效", "This pairing code is wrong or has expired")
)


def announce(
    staff: Staff, office_id: str, name: str, attempt: Attempt, now: datetime
) -> Applied[Device]:
    """Announce a device of a hall, which waits for its code; raises NotFound. Idempotent."""
    if office_id not in staff.office_ids:
        raise NotFound
    device_id = attempt.id_for("device", _ID_LENGTH)

    def load() -> Device:
        return storage.load(office_id, device_id) or Device(office_id, device_id)

    def decide(old: Device) -> domain.DeviceDecision:
        return domain.announce(old, name, staff.staff_id, now)

    author = Author(staff.actor, now, attempt)
    return changes.apply(load, decide, _store, author)


def code_of(device: Device) -> str:
    """Return the code by which a device is paired."""
    return letters_of("device-code", device.subject, _CODE_LENGTH)


def list_devices(staff: Staff, office_id: str) -> list[Device]:
    """Return the devices of a hall that were not removed, by name; raises NotFound."""
    if office_id not in staff.office_ids:
        raise NotFound
    there = [one for one in storage.list_of(office_id) if one.status is not DeviceStatus.REMOVED]
    return sorted(there, key=lambda one: (one.name, one.device_id))


def remove(
    staff: Staff, office_id: str, device_id: str, attempt: Attempt, now: datetime
) -> Applied[Device]:
    """End a device, whose tokens end within the minute; raises NotFound. Idempotent."""
    if office_id not in staff.office_ids:
        raise NotFound

    def store(change: Change[Device, None]) -> bool:
        revoked = revocations.write(caller_of(change.old).actor, "", now)
        return storage.store(change, [revoked])

    author = Author(staff.actor, now, attempt)
    removed = changes.apply(lambda: _existing(office_id, device_id), domain.remove, store, author)
    revocations.learn(caller_of(removed.new).actor, "")
    return removed


def pair(
    office_id: str, given: str, attempt: Attempt, source: str, now: datetime
) -> tuple[Session, Applied[Device]]:
    """Log a device in by its code; the try is claimed before it is compared. Idempotent.

    Raises InvalidRequest for a wrong code, and after five in a minute TooManyRequests.
    """
    what = f"device-code#{office_id[:40]}#{source}"
    window = rate_limit.window(now, _MINUTE)
    if not counters.claim_one_of(what, window, domain.WRONG_CODES_A_MINUTE):
        raise window.exceeded(now)
    typed = read_letters(given)
    there = [one for one in storage.list_of(office_id) if is_right(code_of(one), typed)]
    device = next((one for one in there if _may_pair(one, attempt, now)), None)
    if device is None:
        raise InvalidRequest(errors=[_WRONG])
    counters.return_one(what, window.name)
    found = device.device_id
    paired = changes.apply(
        lambda: _existing(office_id, found),
        lambda old: domain.pair(old, now),
        _store,
        Author(device.subject_id, now, attempt, key=counters.KEYS.of(attempt, now)),
    )
    if not idempotency.already_applied(paired.new.ledger, attempt):
        # Another typed the same code in this very moment.
        raise InvalidRequest(errors=[_WRONG])
    return _start(paired.new, attempt, now), paired


def refresh(family: TokenFamily, now: datetime) -> tuple[Session, Device]:
    """Go on with a device's log-in; raises InvalidRefreshToken once it was removed."""
    device = storage.load(*_names(family.subject))
    if device is None or device.status is not DeviceStatus.PAIRED:
        raise InvalidRefreshToken
    return sessions.issue(caller_of(device), family, now), device


def caller_of(device: Device) -> Staff:
    """Return what a device's tokens say: its one hall, and a role that no person has."""
    return Staff(f"device:{device.device_id}", frozenset({DEVICE}), frozenset({device.office_id}))


def claim_typed_code(device: Staff, now: datetime) -> None:
    """Claim a try at a short code typed at a device; raises TooManyRequests after five wrong."""
    window = rate_limit.window(now, _MINUTE)
    what = f"typed#{device.staff_id}"
    if not counters.claim_one_of(what, window, domain.WRONG_CODES_A_MINUTE):
        raise window.exceeded(now)


def return_typed_code(device: Staff, now: datetime) -> None:
    """Give back the claim of a code that was right."""
    counters.return_one(f"typed#{device.staff_id}", rate_limit.window(now, _MINUTE).name)


def history_of(subject_id: str) -> audit.SubjectHistory | None:
    """Return the history of a device, for auditors of its hall."""
    kind, _, subject = subject_id.partition(":")
    names = _names(subject)
    device = storage.load(*names) if kind == "device" and all(names) else None
    if device is None:
        return None
    return audit.SubjectHistory(tuple(storage.load_entries(*names)), device.head, device.office_id)


def _existing(office_id: str, device_id: str) -> Device:
    device = storage.load(office_id, device_id)
    if device is None:
        raise NotFound
    return device


def _may_pair(device: Device, attempt: Attempt, now: datetime) -> bool:
    """Tell whether its code is good, or this attempt has used it; raises IdempotencyKeyReused."""
    if device.status is DeviceStatus.PAIRED:
        return idempotency.already_applied(device.ledger, attempt)
    return device.waits(now) and not _has_left(device)


def _has_left(device: Device) -> bool:
    """Tell whether who announced a device may no more; of who has no account here nobody knows."""
    staff = staff_accounts.known(device.announced_by) if device.announced_by else None
    return staff is not None and (
        staff.roles.isdisjoint(MAY_ANNOUNCE) or device.office_id not in staff.office_ids
    )


def _start(device: Device, attempt: Attempt, now: datetime) -> Session:
    """Return the tokens of an attempt's log-in, the same each time."""
    hashed = dependencies.vault().keyed_hash("device-family", f"{device.subject}/{attempt.key}")
    family_id = hashed[:_FAMILY_LENGTH]
    family = counters.load_family(family_id)
    if family is None:
        until = now + domain.PAIRED_FOR
        family = TokenFamily(family_id, "device", device.subject, 1, "", now, until)
        counters.add_family(family)
    # Its first tokens are kept to the second.
    known = replace(family, rotated_at=family.rotated_at.replace(microsecond=0))
    return sessions.issue(caller_of(device), known, now)


def _store(change: Change[Device, None]) -> bool:
    return storage.store(change, ())


def _names(subject: str) -> tuple[str, str]:
    office_id, _, device_id = subject.partition("/")
    return office_id, device_id
