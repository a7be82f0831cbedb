"""One person, one service: lodged by phone and entered at a counter at the same moment is one case.

The counter first refuses to the phone what it enters, and then looks at what was lodged. A phone
that was faster is seen by that look, one that is slower meets the refusal: whoever comes second
hears 409 in either order. After a crash between the two the refusal ends by itself.
"""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, LodgedMeanwhile

_SAME_MOMENT: Final = timedelta(minutes=5)


def claim_counter(citizen_id: str, service_id: str, person: str, now: datetime) -> None:
    """Let a counter enter a case of a person, and no phone; raises LodgedMeanwhile."""
    storage.claim_counter(citizen_id, service_id, person, now, now + _SAME_MOMENT)
    for case_id in storage.lodged_since(citizen_id, service_id, person, now - _SAME_MOMENT):
        case = storage.load(case_id)
        if case and case.channel == "online" and not case.ended:
            raise LodgedMeanwhile(receipt_number=case.receipt_number)


def check_counter(case: Case) -> None:
    """Refuse to a phone what a counter enters at this moment; raises LodgedMeanwhile."""
    person = (case.citizen_id, case.service_id, case.person)
    if case.channel == "online" and storage.is_at_counter(*person):
        raise LodgedMeanwhile
