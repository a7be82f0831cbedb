"""The table, its indexes, its records, and where a case is."""

from typing import Any, Final

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.core.buckets import Buckets
from chalicelib.core.claims import Claims
from chalicelib.core.history import Entry
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import SCHEMA_OF_BUCKETS, EntryRecord, Index, Record, Table

_LISTED: Final = (
    "service", "office", "status", "lodged", "promised", "due", "decided", "claimed", "score",
)  # fmt: skip
TABLE: Final = Table(
    "cases",
    (Index("work", "work", "work_at", _LISTED), Index("watch", "watch", "watch_at")),
    numbers=frozenset({"watch_at"}),
)
CLAIMS: Final = Claims(TABLE)
WATCH: Final = Buckets()
# Later than every time of the index `work`.
WAITING: Final = 9_999_999_999
STATE: Final = "case"
# Parts stand behind the case that they are of, and before what was applied for.
PART: Final = "case#"
LAST_PART: Final = "case~"
BODY: Final = "form"
# The history stands behind what else a partition counts, as tries at its code.
HISTORY: Final = "E#"
LEAVING: Final = "leaving"


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class Work(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "work"
        projection = IncludeProjection(list(_LISTED))

    work = UnicodeAttribute(hash_key=True)
    work_at = UnicodeAttribute(range_key=True)


class Watch(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "watch"
        projection = KeysOnlyProjection()

    watch = UnicodeAttribute(hash_key=True)
    watch_at = NumberAttribute(range_key=True)


class CaseRecord(_Kept):
    authority = UnicodeAttribute(null=True)
    certificates = UnicodeSetAttribute(null=True)
    lookups = UnicodeSetAttribute(null=True)
    case = UnicodeAttribute()
    person = UnicodeAttribute()
    service = UnicodeAttribute()
    office = UnicodeAttribute()
    status = UnicodeAttribute()
    lodged = NumberAttribute()
    promised = NumberAttribute()
    due = NumberAttribute()
    member = UnicodeAttribute(null=True)
    granted_by = UnicodeAttribute(null=True)
    fee = NumberAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    courier_fee = NumberAttribute(null=True)
    payment = UnicodeAttribute()
    delivery = UnicodeAttribute(null=True)
    delivery_status = UnicodeAttribute(null=True)
    delivery_seen = UnicodeAttribute(null=True)
    paused = NumberAttribute(null=True)
    paused_at = NumberAttribute(null=True)
    corrections = NumberAttribute(null=True)
    decided = NumberAttribute(null=True)
    claimed = UnicodeAttribute(null=True)
    score = NumberAttribute(null=True)
    alerted = NumberAttribute(null=True)
    alerts = UnicodeSetAttribute(null=True)
    accepted_by = UnicodeAttribute(null=True)
    entered_by = UnicodeAttribute(null=True)
    intake = UnicodeAttribute(null=True)
    gather_at = NumberAttribute(null=True)
    parts_told = NumberAttribute(null=True)
    handover = UnicodeAttribute(null=True)
    prechecked = NumberAttribute(null=True)
    # Each as [material, state, whether it was found right].
    originals = JSONAttribute(null=True)
    lifted = NumberAttribute(null=True)
    appointment = UnicodeAttribute(null=True)
    visit_by = NumberAttribute(null=True)
    visited = UnicodeSetAttribute(null=True)
    # [version of the rules, outcome, {rule: 1 or 0}, at, hall, sampled, verdict, who gave it].
    decision = JSONAttribute(null=True)
    review_asked = NumberAttribute(null=True)
    service_revision = UnicodeAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()
    work = UnicodeAttribute(null=True)
    work_at = UnicodeAttribute(null=True)
    watch = UnicodeAttribute(null=True)
    watch_at = NumberAttribute(null=True)
    schema = NumberAttribute(null=True, default_for_new=SCHEMA_OF_BUCKETS)
    to_work = Work()
    to_watch = Watch()


class BodyRecord(_Kept):
    form = UnicodeAttribute(null=True)
    materials = JSONAttribute()
    certificates = JSONAttribute(null=True)
    lookups = JSONAttribute(null=True)
    delivery = UnicodeAttribute(null=True)
    pickup = UnicodeAttribute(null=True)


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class SeenRecord(_Kept):
    pass


class MineRecord(_Kept):
    case = UnicodeAttribute()
    # Of which service, and for whom: null where it was lodged before this was noted.
    service = UnicodeAttribute(null=True)
    person = UnicodeAttribute(null=True)


class LeavingRecord(_Kept):
    tidy_at = NumberAttribute()
    # What a counter enters for a citizen, who then does not leave.
    counter = UnicodeAttribute(null=True)


class PartRecord(_Kept):
    department = UnicodeAttribute()
    status = UnicodeAttribute()
    promised = NumberAttribute(null=True)
    decided = NumberAttribute(null=True)
    claimed = UnicodeAttribute(null=True)
    paused_at = NumberAttribute(null=True)
    remarks = UnicodeAttribute(null=True)
    asked = BooleanAttribute(null=True)
    since = NumberAttribute()
    # What the work list shows of its case.
    service = UnicodeAttribute(null=True)
    office = UnicodeAttribute(null=True)
    lodged = NumberAttribute(null=True)
    due = NumberAttribute(null=True)
    work = UnicodeAttribute(null=True)
    work_at = UnicodeAttribute(null=True)
    to_work = Work()


class ItemRecord(_Kept):
    """Any item of a case's partition, read as what it is."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        kinds = {STATE: CaseRecord, BODY: BodyRecord}
        sk = data["sk"]["S"]
        kind: Any = PartRecord if sk.startswith(PART) else kinds.get(sk, HistoryRecord)
        if sk < HISTORY:
            kind = CLAIMS.kind
        return kind.from_raw_data(data)


class HandoverRecord(_Kept):
    case = UnicodeAttribute()


class DecisionRecord(_Kept):
    case = UnicodeAttribute()
    service = UnicodeAttribute()
    ruleset = UnicodeAttribute()
    outcome = UnicodeAttribute()
    sampled = BooleanAttribute()
    verdict = UnicodeAttribute(null=True)


class RulesetRecord(_Kept):
    # Each as [id, expression].
    rules = JSONAttribute()


class MachineRecord(_Kept):
    enabled = BooleanAttribute()
    on_since = NumberAttribute(null=True)
    # As [whose, when, why].
    asked = JSONAttribute(null=True)
    # Each as [case, when].
    disagreements = JSONAttribute()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class RatingsRecord(_Kept):
    number = NumberAttribute(default=0)
    total = NumberAttribute(default=0)
    answers = NumberAttribute(null=True)
    trips = NumberAttribute(null=True)


class OnceOnlyRecord(_Kept):
    cases = NumberAttribute(default=0)
    asked = NumberAttribute(default=0)
    filled = NumberAttribute(default=0)
    kept = NumberAttribute(default=0)
    papers = NumberAttribute(default=0)
    waived = NumberAttribute(default=0)


class TripsRecord(_Kept):
    cases = NumberAttribute(default=0)
    trips = NumberAttribute(default=0)


class CountedRecord(_Kept):
    pass


def case_pk(case_id: str) -> str:
    """Return the partition of a case, which its receipt number names."""
    return receipt_pk(case_id[CITIZEN_ID_LENGTH:])


def receipt_pk(number: str) -> str:
    """Return the partition of a plain receipt number."""
    return f"K#{number}"


def entry_record(case_id: str, entry: Entry) -> HistoryRecord:
    """Return a history entry as it is kept."""
    return HistoryRecord(case_pk(case_id), f"E#{entry.seq:06}", **EntryRecord.keys_of(entry))
