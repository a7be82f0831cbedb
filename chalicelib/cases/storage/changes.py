"""What a step, an event or a look changes of a case, all or nothing."""

from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain import Case, Effects
from chalicelib.cases.storage._cases import body_record, case_record, mine_keys
from chalicelib.cases.storage._records import (
    STATE,
    CaseRecord,
    MineRecord,
    SeenRecord,
    case_pk,
    entry_record,
)
from chalicelib.cases.storage.decisions import write_decision
from chalicelib.cases.storage.handovers import write_handover
from chalicelib.cases.storage.parts import write_parts
from chalicelib.cases.storage.ratings import write_rating
from chalicelib.cases.uploads import storage as uploads
from chalicelib.core.attributes import seconds
from chalicelib.core.changes import Change
from chalicelib.core.person_corrections import store_person
from chalicelib.core.tables import failed_conditions, transaction
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert

WATCH: Final = "system:watch_deadlines"


def store_change(change: Change[Case, Effects]) -> bool:
    """Keep the next version with its entries; False when the old one is not what is there.

    Alerts that the new version no longer names are cleared.
    """
    old, new, effects = change.old, change.new, change.effects
    first, last = change.entries[0], change.entries[-1]
    try:
        with transaction() as write:
            write.save(case_record(new), condition=_is_still(old))
            for entry in change.entries:
                write.save(entry_record(new.case_id, entry))
            write_parts(write, old, new)
            if new.decision and new.decision != old.decision:
                write_decision(write, new, new.decision)
            if effects.handed_over_from:
                write_handover(
                    write, new, effects.handed_over_from, datetime.fromisoformat(first.at)
                )
            if effects.body:
                write.save(body_record(new.case_id, effects.body))
                uploads.write_given(write, new, effects.given, datetime.fromisoformat(first.at))
            if effects.event_id:
                seen = SeenRecord(case_pk(new.case_id), f"seen#{effects.event_id}")
                write.save(seen, condition=SeenRecord.pk.does_not_exist())
            if effects.rated_on and effects.rating:
                where = (new.service_id, new.office_id)
                write_rating(*where, effects.rated_on, effects.rating)(write)
            if effects.alert:
                supervision.write_raised(write, effects.alert)
            _write_alerts(write, old, new, datetime.fromisoformat(last.at), last.actor)
            for add in change.also:
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def store_watch(
    old: Case, new: Case, at: datetime, alert: Alert | None = None, *, by: str = WATCH
) -> bool:
    """Keep what `new` says of looks and alerts, which is no new version; False as store_change.

    `alert` is raised with it; alerts that `new` no longer names are cleared, `by` whom.
    """
    try:
        with transaction() as write:
            write.save(case_record(new), condition=_is_still(old))
            if alert:
                supervision.write_raised(write, alert)
            _write_alerts(write, old, new, at, by)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def correct_person(case: Case, person: str) -> bool:
    """Keep who applied in a case under the right name; False as store_change."""
    kept, listed = CaseRecord(case_pk(case.case_id), STATE), MineRecord(*mine_keys(case))
    return store_person(kept, _is_still(case), listed, person)


def was_noted(case_id: str, event_id: str) -> bool:
    """Tell whether an event was noted in a case."""
    try:
        SeenRecord.get(case_pk(case_id), f"seen#{event_id}", consistent_read=True)
    except SeenRecord.DoesNotExist:
        return False
    return True


def _write_alerts(write: TransactWrite, old: Case, new: Case, at: datetime, by: str) -> None:
    gone = old.alerts - new.alerts
    supervision.write_cleared(write, new.case_id, gone, at, by)
    if new.office_id != old.office_id:
        # Who sees a case sees what is wrong with it.
        supervision.write_moved(write, new.case_id, old.alerts & new.alerts, new.office_id)


def _is_still(old: Case) -> Any:
    is_same_version = CaseRecord.version == old.version
    has_same_alerts = (
        CaseRecord.alerts == set(old.alerts) if old.alerts else CaseRecord.alerts.does_not_exist()
    )
    has_same_look = (
        CaseRecord.watch_at == seconds(old.watch_at)
        if old.watch_at
        else CaseRecord.watch_at.does_not_exist()
    )
    is_same_person = CaseRecord.person == old.person
    return is_same_version & is_same_person & has_same_alerts & has_same_look
