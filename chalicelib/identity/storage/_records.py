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

from chalicelib.core.key_notes import KeyNotes
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record, Table

TABLE: Final = Table("identity")
KEYS: Final = KeyNotes(TABLE)
# The form of profiles whose key has a place of its own (decision 84).
SCHEMA_OF_OWN_KEYS: Final = 2
R = TypeVar("R", bound=Model)


class _IdentityRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class ProfileRecord(_IdentityRecord):
    key = UnicodeAttribute()
    version = NumberAttribute()
    seq = NumberAttribute()
    hash = UnicodeAttribute()
    person = UnicodeAttribute(null=True)
    proof = UnicodeAttribute(null=True)
    locale = UnicodeAttribute()
    large_text = BooleanAttribute()
    sealed = JSONAttribute()
    members = UnicodeSetAttribute(null=True)
    generation = NumberAttribute(null=True)
    joined = JSONAttribute(null=True)
    links = UnicodeSetAttribute(null=True)
    record_link = UnicodeAttribute(null=True)
    deceased = BooleanAttribute(null=True)
    staff_act = JSONAttribute(null=True)
    schema = NumberAttribute(null=True)


class IdentityEntryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class MemberRecord(_IdentityRecord):
    person = UnicodeAttribute()
    relation = UnicodeAttribute()
    sealed = JSONAttribute()
    fingerprint = UnicodeAttribute()
    guarded_until = UnicodeAttribute(null=True)
    consent = UnicodeAttribute(null=True)
    since = UnicodeAttribute(null=True)
    ledger = JSONAttribute(null=True)
    # Of one who has left the attempt that added them is kept, and nothing of who they are.
    left = BooleanAttribute(null=True)
    tidy_at = NumberAttribute(null=True)


class PrincipalRecord(_IdentityRecord):
    pass


class AccessRecord(_IdentityRecord):
    at = UnicodeAttribute()
    staff_id = UnicodeAttribute()
    reason = UnicodeAttribute()
    what = UnicodeAttribute()
    department_id = UnicodeAttribute(null=True)
    office_id = UnicodeAttribute(null=True)
    role = UnicodeAttribute(null=True)
    # By it the stream brings a look to be chained.
    prev_hash = UnicodeAttribute(null=True)


class AccountRecord(_IdentityRecord):
    citizen_id = UnicodeAttribute()
    last_login_at = NumberAttribute(null=True)


class PersonRecord(_IdentityRecord):
    citizen_id = UnicodeAttribute()


class LinkRequestRecord(_IdentityRecord):
    link_id = UnicodeAttribute()
    of_record = UnicodeAttribute()
    asked = JSONAttribute(null=True)
    asked_in = UnicodeAttribute(null=True)
    tidy_at = NumberAttribute()


class LinkRecord(_IdentityRecord):
    account_id = UnicodeAttribute()
    platform = UnicodeAttribute()
    platform_key = UnicodeAttribute()
    linked_at = NumberAttribute()
    ended = BooleanAttribute(default=False)
    proof = UnicodeAttribute(null=True)


class LinkCodeRecord(_IdentityRecord):
    attempt = UnicodeAttribute()
    cancelled_on = UnicodeAttribute()
    generation = NumberAttribute(null=True)
    tidy_at = NumberAttribute()


class UsedCodeRecord(_IdentityRecord):
    tidy_at = NumberAttribute()


class FamilyRecord(_IdentityRecord):
    kind = UnicodeAttribute()
    subject = UnicodeAttribute()
    serial = NumberAttribute()
    rotated_by = UnicodeAttribute(attr_name="turn")
    rotated_at = NumberAttribute(attr_name="turned_at", null=True)
    revoked = BooleanAttribute(default=False)
    generation = NumberAttribute(null=True)
    tidy_at = NumberAttribute()


class ErasureRecord(_IdentityRecord):
    steps = UnicodeSetAttribute(null=True)
    signed = JSONAttribute(null=True)
    tidy_at = NumberAttribute()


class ConsentRecord(_IdentityRecord):
    words = JSONAttribute()
    revision = NumberAttribute()
    ledger = JSONAttribute()


class FactorsRecord(_IdentityRecord):
    ids = UnicodeSetAttribute(null=True)
    factors = JSONAttribute()
    had_any = BooleanAttribute()
    version = NumberAttribute()
    ledger = JSONAttribute(null=True)


class SignatureRecord(_IdentityRecord):
    act = UnicodeAttribute()
    thing = UnicodeAttribute(null=True)
    digest = UnicodeAttribute()
    factor = UnicodeAttribute()
    factor_id = UnicodeAttribute()
    at = NumberAttribute()
    expires_at = NumberAttribute()
    token = UnicodeAttribute()
    sealed = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    used_for = UnicodeAttribute(null=True)
    tidy_at = NumberAttribute(null=True)


class RevokedRecord(_IdentityRecord):
    actor = UnicodeAttribute()
    rights = UnicodeAttribute()
    tidy_at = NumberAttribute()


class StaffRecord(_IdentityRecord):
    password_hash = UnicodeAttribute()
    roles = UnicodeSetAttribute(null=True)
    office_ids = UnicodeSetAttribute(null=True)
    division_prefix = UnicodeAttribute(null=True)
    department_ids = UnicodeSetAttribute(null=True)
    totp = UnicodeAttribute(null=True)
    key = UnicodeAttribute(null=True)
    generation = NumberAttribute(null=True)
    password_expired = BooleanAttribute(null=True)
    password_from = UnicodeAttribute(null=True)
    totp_from = UnicodeAttribute(null=True)
    proposal = JSONAttribute(null=True)
    person = UnicodeAttribute(null=True)
    signed_out = NumberAttribute(null=True)
    version = NumberAttribute(null=True)
    hash = UnicodeAttribute(null=True)
    ledger = JSONAttribute(null=True)


class DeviceRecord(_IdentityRecord):
    label = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    code_until = NumberAttribute(null=True)
    announced_by = UnicodeAttribute(null=True)
    paired = NumberAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class StaffNameRecord(_IdentityRecord):
    pass


class AdminsRecord(_IdentityRecord):
    usernames = UnicodeSetAttribute(null=True)
    version = NumberAttribute()


class TotpStepRecord(_IdentityRecord):
    step = NumberAttribute()


class CounterRecord(_IdentityRecord):
    attempts = NumberAttribute(default=0)
    failures = NumberAttribute(default=0)
    until = NumberAttribute(null=True)
    tidy_at = NumberAttribute()


def get(kind: type[R], pk: str, sk: str) -> list[R]:
    try:
        return [kind.get(pk, sk, consistent_read=True)]
    except kind.DoesNotExist:
        return []
