"""The numbers of certificates in the status lists, and those that are not valid."""

from pynamodb.transactions import TransactWrite

from chalicelib.certificates.domain import Certificate
from chalicelib.certificates.domain.status_list import VALID, place_of, published
from chalicelib.certificates.storage._records import NumbersRecord, StatusRecord


def next_status_number() -> int:
    """Give out the next number, from 0; one that is not used stays valid and nobody's."""
    record = NumbersRecord("S#", "numbers")
    record.update([NumbersRecord.next.add(1)])
    return int(record.next) - 1


def write_status(write: TransactWrite, certificate: Certificate) -> None:
    """Write what the lists say of a certificate, in the transaction of its change."""
    list_id, place = place_of(certificate.status_number)
    record = StatusRecord(f"S#{list_id}", f"{place:05}", status=published(certificate))
    if record.status == VALID:
        write.delete(record)
    else:
        write.save(record)


def load_statuses(list_id: int) -> dict[int, int]:
    """Return the places of a list that are not valid; one Query a MB."""
    found = StatusRecord.query(f"S#{list_id}", consistent_read=True)
    return {int(record.sk): int(record.status) for record in found}
