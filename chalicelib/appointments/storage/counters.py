"""A hall's counters on a day, and what is known of its calls: one small partition a day."""

from dataclasses import astuple, dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain.calling_order import Calls, Counter, HallDay, PastCall
from chalicelib.appointments.storage._records import HallRecord
from chalicelib.core.attributes import optional_moment, optional_seconds, seconds
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.tables import condition_failed

_COUNTER: Final = "counter#"
_CALLS: Final = "calls#"


@dataclass(frozen=True, slots=True)
class CounterCall:
    """What a call changes of a hall's day: its counter, and maybe its category's calls."""

    office_id: str
    day: date
    counter: Counter
    category: str
    calls: Calls | None


def load_hall(office_id: str, day: date, *, consistent: bool = False) -> HallDay:
    """Return a hall's counters and calls on a day; one Query."""
    records = HallRecord.query(_pk(office_id, day), consistent_read=consistent)
    counters: dict[str, Counter] = {}
    calls: dict[str, Calls] = {}
    for record in records:
        kind, _, name = record.sk.partition("#")
        if f"{kind}#" == _COUNTER:
            counters[name] = _counter(name, record)
        else:
            calls[name] = Calls(
                int(record.since or 0), int(record.count_ or 0), int(record.revision)
            )
    return HallDay(counters, calls)


def store_counter(office_id: str, day: date, counter: Counter) -> bool:
    """Store a counter's next revision; False when another was faster."""
    try:
        _counter_record(office_id, day, counter).save(condition=_unchanged(counter.revision))
    except PutError as error:
        condition_failed(error)
        return False
    return True


def write_call(write: TransactWrite, call: CounterCall) -> None:
    """Keep a call in a change's own transaction, unless counter or calls changed since."""
    counter, calls = call.counter, call.calls
    record = _counter_record(call.office_id, call.day, counter)
    write.save(record, condition=_unchanged(counter.revision))
    if calls:
        kept = HallRecord(
            _pk(call.office_id, call.day),
            f"{_CALLS}{call.category}",
            since=calls.since_priority,
            count_=calls.count,
            revision=calls.revision + 1,
            tidy_at=_tidy_at(call.day),
        )
        write.save(kept, condition=_unchanged(calls.revision))


def _counter_record(office_id: str, day: date, counter: Counter) -> HallRecord:
    return HallRecord(
        _pk(office_id, day),
        f"{_COUNTER}{counter.name}",
        shut=None if counter.open else True,
        # No set of DynamoDB is empty, and a counter that serves none is shut.
        categories=set(counter.categories) if counter.categories else None,
        appointment=counter.appointment_id,
        ticket=counter.ticket,
        called=optional_seconds(counter.called_at),
        past=[astuple(call) for call in counter.past] or None,
        served=dict(counter.served) or None,
        revision=counter.revision + 1,
        tidy_at=_tidy_at(day),
    )


def _counter(name: str, record: HallRecord) -> Counter:
    return Counter(
        name,
        not record.shut,
        frozenset(record.categories) if record.categories else None,
        record.appointment,
        record.ticket,
        optional_moment(record.called),
        tuple(PastCall(*call) for call in record.past or ()),
        {category: (visits, took) for category, (visits, took) in (record.served or {}).items()},
        int(record.revision),
    )


def _unchanged(revision: int) -> Condition:
    known: Condition = HallRecord.revision == revision
    return known if revision else HallRecord.pk.does_not_exist()


def _pk(office_id: str, day: date) -> str:
    return f"Q#{office_id}#{day:%Y%m%d}"


def _tidy_at(day: date) -> int:
    return seconds(datetime.combine(day + timedelta(days=2), time(), OFFICE_ZONE))
