"""The words of notices, in both languages and in versions.

A template that changes gets a further version at its end; a notice is shown in the words of the
version that it was made with. The braces are filled from the catalogue and the notice's facts, see
`wording`.

| value | is |
|---|---|
| service, office | names, in the reader's language |
| start | the appointment's beginning |
| bring | the required materials |
| ticket, counter | in the hall |
| closure | why the hall cancelled, in its staff's words; nothing where it did not |
| answer_by | until when one chooses a new time, and of a refund where booking costs a fee |
| outlook | until when a late case must be done, where a day is left |
| last_day | on which a certificate ends |
| held | until when a seat is held for who waits |
| extension | until when an enquiry will be answered |
"""

from collections.abc import Mapping
from typing import Final

from chalicelib.notifications.domain.notices import Template
from chalicelib.notifications.domain.templates import (
    appointments,
    cases,
    certificates,
    deliveries,
    payments,
    people,
    suggestions,
)

TEMPLATES: Final[Mapping[str, Template]] = {
    **appointments.TEMPLATES,
    **cases.TEMPLATES,
    **certificates.TEMPLATES,
    **payments.TEMPLATES,
    **deliveries.TEMPLATES,
    **people.TEMPLATES,
    **suggestions.TEMPLATES,
}
