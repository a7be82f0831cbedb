"""The table and its records."""

from typing import Final

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from chalicelib.core.key_notes import KeyNotes
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record, Table

TABLE: Final = Table("mandates")
KEYS: Final = KeyNotes(TABLE)
STATE: Final = "mandate"
CODE: Final = "code"
ORGANISATION: Final = "organisation"
LANES: Final = 4


class RoomRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class MandateRecord(RoomRecord):
    principal = UnicodeAttribute()
    principal_person = UnicodeAttribute()
    agent = UnicodeAttribute()
    agent_person = UnicodeAttribute()
    services = UnicodeSetAttribute()
    actions = UnicodeSetAttribute()
    since = UnicodeAttribute()
    until = UnicodeAttribute()
    state = UnicodeAttribute()
    accepted_by = UnicodeAttribute()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()
    witness = JSONAttribute(null=True)
    organisation = BooleanAttribute(null=True)


class ScanRecord(RoomRecord):
    """Which mandate a scan belongs to."""

    mandate = UnicodeAttribute()


class ListedRecord(RoomRecord):
    """Whose a mandate is, or where it waits; whose an organisation is, or in which lane."""


class OrganisationRecord(RoomRecord):
    person = UnicodeAttribute()
    representative = UnicodeAttribute()
    state = UnicodeAttribute()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class MembershipRecord(RoomRecord):
    member = UnicodeAttribute()
    person = UnicodeAttribute()
    role = UnicodeAttribute()
    since = UnicodeAttribute()
    until = UnicodeAttribute(null=True)


class MadeRecord(RoomRecord):
    at = NumberAttribute()


class AgentCodeRecord(RoomRecord):
    citizen = UnicodeAttribute()
    person = UnicodeAttribute()
    attempt = UnicodeAttribute()
    expires_at = NumberAttribute()
    used_for = UnicodeAttribute(null=True)
    generation = NumberAttribute(null=True)
    tidy_at = NumberAttribute()


def organisation_pk(organisation_id: str) -> str:
    """Return the partition of an organisation."""
    return f"O#{organisation_id}"


def mandate_pk(mandate_id: str) -> str:
    """Return the partition of a mandate."""
    return f"M#{mandate_id}"
