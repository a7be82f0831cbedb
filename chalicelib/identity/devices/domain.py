"""A device in a hall: announced by staff, paired by a code, and removed."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.core.decisions import Decision, DomainEvent, Versioned
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Ledger

CODE_LIFETIME: Final = timedelta(minutes=10)
# How long a device stays paired before staff pair it again.
PAIRED_FOR: Final = timedelta(days=365)
WRONG_CODES_A_MINUTE: Final = 5


class DeviceStatus(StrEnum):
    """The states of a device; `waiting` is for its code."""

    WAITING = "waiting"
    PAIRED = "paired"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Device(Versioned):
    """A device of a hall; it is paired while its code has not expired.

    Version 0 stands for what is not there yet.
    """

    office_id: str
    device_id: str
    name: str = ""
    status: DeviceStatus = DeviceStatus.WAITING
    code_expires_at: datetime | None = None
    paired_at: datetime | None = None
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()
    announced_by: str = ""

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return f"device:{self.subject}"

    @property
    def subject(self) -> str:
        """Return what its log-ins name."""
        return f"{self.office_id}/{self.device_id}"

    def waits(self, now: datetime) -> bool:
        """Tell whether its code can still be typed."""
        is_live = self.code_expires_at is not None and now < self.code_expires_at
        return self.status is DeviceStatus.WAITING and is_live


DeviceDecision = Decision[Device, None]


def announce(old: Device, name: str, staff_id: str, now: datetime) -> DeviceDecision:
    """Return the device that waits for its code."""
    until = now + CODE_LIFETIME
    new = replace(old, name=name, code_expires_at=until, announced_by=staff_id)
    return Decision(new, (DomainEvent("device.announced", {"office": old.office_id}),), None)


def pair(old: Device, now: datetime) -> DeviceDecision | None:
    """Return the device that is paired; None where its code is over."""
    if not old.waits(now):
        return None
    new = replace(old, status=DeviceStatus.PAIRED, paired_at=now)
    return Decision(new, (DomainEvent("device.paired", {}),), None)


def remove(old: Device) -> DeviceDecision | None:
    """Return the device that is no more; None where it was removed before."""
    if old.status is DeviceStatus.REMOVED:
        return None
    new = replace(old, status=DeviceStatus.REMOVED)
    return Decision(new, (DomainEvent("device.removed", {}),), None)
