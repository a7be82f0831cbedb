"""Factors and signatures in the table `identity`, in their citizen's partition."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import ledger_of, moment, read_ledger, seconds
from chalicelib.core.idempotency import KEPT_FOR
from chalicelib.core.tables import Addition, condition_failed, failed_conditions, transaction
from chalicelib.identity.signing.domain import Factor, Factors, Signature
from chalicelib.identity.storage._records import FactorsRecord, SignatureRecord, get

_FACTORS: Final = "factors"
_SIGNATURE: Final = "Y#"
# An unused one is found again by its attempt for as long as attempts are remembered.
_KEPT: Final[timedelta] = KEPT_FOR


def load_factors(citizen_id: str) -> Factors:
    """Return by what a citizen signs."""
    for record in get(FactorsRecord, _pk(citizen_id), _FACTORS):
        items = tuple(map(_factor, record.factors))
        ledger = read_ledger(record.ledger or [])
        return Factors(items, record.had_any, int(record.version), ledger)
    return Factors()


def writing_factors(citizen_id: str, new: Factors) -> Addition:
    """Return what keeps a citizen's factors, the next version of those that were read."""
    version = FactorsRecord.version
    is_first = version.does_not_exist()
    unchanged = is_first if new.version == 1 else version == new.version - 1

    def write(transaction: TransactWrite) -> None:
        record = FactorsRecord(
            _pk(citizen_id),
            _FACTORS,
            ids={one.factor_id for one in new.items} or None,
            factors=[_written(one) for one in new.items],
            had_any=new.had_any,
            version=new.version,
            ledger=ledger_of(new.ledger) or None,
        )
        transaction.save(record, condition=unchanged)

    return write


def store_count(citizen_id: str, factor_id: str, count: int) -> None:
    """Keep an authenticator's counter of signatures, unless its factors change meanwhile.

    One that is lost is smaller than the next, and so in nobody's way.
    """
    there = load_factors(citizen_id).with_count(factor_id, count)
    try:
        with transaction() as write:
            writing_factors(citizen_id, there)(write)
    except TransactWriteError as error:
        failed_conditions(error)


def deleting_factors(citizen_id: str) -> Addition:
    """Return what drops all factors of a citizen in the transaction of another's."""
    return lambda write: write.delete(FactorsRecord(_pk(citizen_id), _FACTORS))


def delete_factors(citizen_id: str) -> None:
    """Drop all factors of a citizen. Idempotent."""
    FactorsRecord(_pk(citizen_id), _FACTORS).delete()


def load_signature(citizen_id: str, signature_id: str) -> Signature | None:
    """Return what a citizen signed."""
    found = get(SignatureRecord, _pk(citizen_id), f"{_SIGNATURE}{signature_id}")
    return next(map(_signature, found), None)


def list_used(citizen_id: str) -> list[Signature]:
    """Return the signatures of a citizen that something was done by; one Query a MB."""
    records = SignatureRecord.query(
        _pk(citizen_id), SignatureRecord.sk.startswith(_SIGNATURE), consistent_read=True
    )
    return [_signature(record) for record in records if record.used_for]


def save_signature(new: Signature) -> Signature:
    """Keep a new signature; returns what is there under its id already, else itself."""
    record = SignatureRecord(
        _pk(new.signer),
        f"{_SIGNATURE}{new.signature_id}",
        act=new.act,
        thing=new.subject,
        digest=new.digest,
        factor=new.factor,
        factor_id=new.factor_id,
        at=seconds(new.at),
        expires_at=seconds(new.expires_at),
        token=new.token,
        sealed=new.sealed,
        fingerprint=new.fingerprint,
        tidy_at=seconds(new.expires_at + _KEPT),
    )
    try:
        record.save(condition=SignatureRecord.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return load_signature(new.signer, new.signature_id) or new
    return new


def using(signature: Signature, used_for: str, now: datetime) -> Addition:
    """Return what uses a signature up with an act's own transaction.

    It fails where the signature was used, is old, or its factor was removed.
    """
    key = _pk(signature.signer), f"{_SIGNATURE}{signature.signature_id}"
    used: list[Any] = [
        SignatureRecord.used_for.set(used_for),
        SignatureRecord.tidy_at.remove(),
    ]
    is_good = SignatureRecord.used_for.does_not_exist() & (
        SignatureRecord.expires_at > seconds(now)
    )

    def write(transaction: TransactWrite) -> None:
        transaction.update(SignatureRecord(*key), used, condition=is_good)
        has_factor = FactorsRecord.ids.contains(signature.factor_id)
        transaction.condition_check(FactorsRecord, key[0], _FACTORS, condition=has_factor)

    return write


def _pk(citizen_id: str) -> str:
    return f"C#{citizen_id}"


def _factor(stored: Mapping[str, Any]) -> Factor:
    return Factor(
        stored["id"],
        stored["kind"],
        moment(stored["added"]),
        moment(stored["usable"]),
        stored["name"],
        stored["secret"],
    )


def _written(factor: Factor) -> dict[str, Any]:
    return {
        "id": factor.factor_id,
        "kind": factor.kind,
        "added": seconds(factor.added_at),
        "usable": seconds(factor.usable_from),
        "name": factor.name,
        "secret": dict(factor.secret),
    }


def _signature(record: SignatureRecord) -> Signature:
    return Signature(
        record.sk.removeprefix(_SIGNATURE),
        record.pk[2:],
        record.act,  # type: ignore[arg-type]
        record.thing,
        record.digest,
        record.factor,  # type: ignore[arg-type]
        record.factor_id,
        moment(record.at),
        moment(record.expires_at),
        record.token,
        record.sealed,
        record.fingerprint,
        record.used_for,
    )
