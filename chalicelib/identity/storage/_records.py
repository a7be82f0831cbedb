"""The table, its records, and how one of them is read."""

from typing import Final, TypeVar

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.models import Model

from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record, Table

TABLE: Final = Table("identity")
R = TypeVar("R", bound=Model)


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class ProfileRecord(_Kept):
    key = UnicodeAttribute()
    version = NumberAttribute()
    seq = NumberAttribute()
    hash = UnicodeAttribute()
    person = UnicodeAttribute(null=True)
    locale = UnicodeAttribute()
    large_text = BooleanAttribute()
    sealed = JSONAttribute()
    members = UnicodeSetAttribute(null=True)


class CitizenEntryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class MemberRecord(_Kept):
    person = UnicodeAttribute()
    relation = UnicodeAttribute()
    sealed = JSONAttribute()
    fingerprint = UnicodeAttribute()


class LookRecord(_Kept):
    at = UnicodeAttribute()
    staff_id = UnicodeAttribute()
    reason = UnicodeAttribute()
    what = UnicodeAttribute()


class AccountRecord(_Kept):
    citizen_id = UnicodeAttribute()


class UsedCodeRecord(_Kept):
    tidy_at = NumberAttribute()


class FamilyRecord(_Kept):
    kind = UnicodeAttribute()
    subject = UnicodeAttribute()
    serial = NumberAttribute()
    turn = UnicodeAttribute()
    turned_at = NumberAttribute(null=True)
    revoked = BooleanAttribute(default=False)
    tidy_at = NumberAttribute()


class RevokedRecord(_Kept):
    actor = UnicodeAttribute()
    rights = UnicodeAttribute()
    tidy_at = NumberAttribute()


class StaffRecord(_Kept):
    password_hash = UnicodeAttribute()
    roles = UnicodeSetAttribute()
    office_ids = UnicodeSetAttribute()
    totp = UnicodeAttribute(null=True)
    key = UnicodeAttribute(null=True)
    totp_step = NumberAttribute(null=True)
    account = UnicodeAttribute(null=True)


class CounterRecord(_Kept):
    attempts = NumberAttribute(default=0)
    failures = NumberAttribute(default=0)
    until = NumberAttribute(null=True)
    tidy_at = NumberAttribute()


def get(kind: type[R], pk: str, sk: str) -> list[R]:
    try:
        return [kind.get(pk, sk, consistent_read=True)]
    except kind.DoesNotExist:
        return []
