"""Machines' decisions by hall, the rules by which they were made, and the switches of machines."""

from datetime import datetime
from typing import Any, Final, cast

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain import Case
from chalicelib.cases.domain.automated import AutomatedDecision, DecisionOutcome, Verdict
from chalicelib.cases.domain.decision_list import DecisionFilter, ListedDecision
from chalicelib.cases.domain.machine import Machine
from chalicelib.cases.storage._records import (
    DecisionRecord,
    HistoryRecord,
    MachineRecord,
    RulesetRecord,
)
from chalicelib.catalogue.domain import Ruleset
from chalicelib.core.attributes import (
    ledger_of,
    moment,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.changes import Change
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import EntryRecord, failed_conditions, transaction
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert

_STATE: Final = "machine"


def write_decision(write: TransactWrite, case: Case, decision: AutomatedDecision) -> None:
    """List a decision, as it is now, in the hall where it was made."""
    write.save(
        DecisionRecord(
            f"N#{decision.office_id}",
            f"{seconds(decision.at):010}#{case.case_id}",
            case=case.case_id,
            service=case.service_id,
            ruleset=decision.ruleset_version,
            outcome=decision.outcome,
            sampled=decision.sampled,
            verdict=decision.verdict,
        )
    )


def list_decisions(
    office_id: str, wanted: DecisionFilter, position: str | None, limit: int
) -> list[ListedDecision]:
    """Return a hall's decisions below a position, newest first; one Query."""
    conditions: Any = None
    for column, value in (
        (DecisionRecord.service, wanted.service_id),
        (DecisionRecord.outcome, wanted.outcome),
        (DecisionRecord.verdict, wanted.verdict),
        (DecisionRecord.sampled, wanted.sampled),
    ):
        if value is not None:
            is_wanted = column == value
            conditions = is_wanted if conditions is None else conditions & is_wanted
    below = DecisionRecord.sk < position if position else None
    found = DecisionRecord.query(
        f"N#{office_id}", below, conditions, scan_index_forward=False, limit=limit
    )
    return [_listed(record, office_id) for record in found]


def _listed(record: DecisionRecord, office_id: str) -> ListedDecision:
    return ListedDecision(
        record.case,
        record.service,
        office_id,
        record.ruleset,
        cast("DecisionOutcome", record.outcome),
        moment(int(record.sk.partition("#")[0])),
        bool(record.sampled),
        cast("Verdict | None", record.verdict),
        record.sk,
    )


def keep_ruleset(ruleset: Ruleset) -> None:
    """Keep rules under their version, so that what they decided can be decided again."""
    rules = [[one.rule_id, one.expression] for one in ruleset.rules]
    RulesetRecord(f"R#{ruleset.version}", "-", rules=rules).save()


def load_expressions(version: str) -> dict[str, str]:
    """Return the expressions of a version of rules by their ids; raises LookupError."""
    try:
        record = RulesetRecord.get(f"R#{version}", "-")
    except RulesetRecord.DoesNotExist as error:
        raise LookupError(version) from error
    return dict(record.rules)


def load_machine(service_id: str) -> Machine:
    """Return the switch of a service's machine."""
    try:
        record = MachineRecord.get(f"M#{service_id}", _STATE, consistent_read=True)
    except MachineRecord.DoesNotExist:
        return Machine(service_id)
    asked, version = record.asked, int(record.version)
    return Machine(
        service_id,
        bool(record.enabled),
        optional_moment(record.on_since),
        Word("on", asked[0], datetime.fromisoformat(asked[1]), asked[2]) if asked else None,
        tuple((case_id, moment(at)) for case_id, at in record.disagreements),
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
    )


def load_machine_entries(service_id: str) -> list[Entry]:
    """Return the history of a machine's switch."""
    return HistoryRecord.entries_of(f"M#{service_id}", "E#")


def store_machine(change: Change[Machine, Alert | None]) -> bool:
    """Keep a switch's next version with its entries and alert; False when another was faster."""
    old, new, pk = change.old, change.new, f"M#{change.new.service_id}"
    is_still = (
        MachineRecord.version == old.version if old.version else MachineRecord.pk.does_not_exist()
    )
    try:
        with transaction() as write:
            write.save(_machine_record(new), condition=is_still)
            for entry in change.entries:
                write.save(HistoryRecord(pk, f"E#{entry.seq:06}", **EntryRecord.keys_of(entry)))
            if change.effects:
                supervision.write_raised(write, change.effects)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def _machine_record(machine: Machine) -> MachineRecord:
    asked = machine.asked
    return MachineRecord(
        f"M#{machine.service_id}",
        _STATE,
        enabled=machine.enabled,
        on_since=optional_seconds(machine.on_since),
        asked=[asked.by, asked.at.isoformat(), asked.reason] if asked else None,
        disagreements=[[case_id, seconds(at)] for case_id, at in machine.disagreements],
        version=machine.version,
        hash=machine.head.hash,
        ledger=ledger_of(machine.ledger),
    )
