"""What the business register says of who applies for a business, for those who review it."""

import json
from datetime import datetime
from typing import Any, Final

from chalicelib.cases.domain import Case
from chalicelib.catalogue import service as catalogue
from chalicelib.core.auth import Staff
from chalicelib.mandates.service.register import Registration, registration

# Services of this category name the business that is the applicant's; others their employer, say.
_CATEGORY: Final = "business"
_FORMAT: Final = "uscc"


def registered(
    staff: Staff, case: Case, form: dict[str, Any] | None, now: datetime
) -> Registration | None:
    """Ask whether the applicant represents the business that the form names.

    None where it names none. Lodging is not refused for the answer, and a register that is away is
    told as such.
    """
    service = catalogue.current().services.get(case.service_id)
    if service is None or service.category != _CATEGORY or not form:
        return None
    fields: dict[str, Any] = json.loads(service.form).get("properties", {})
    for name, schema in fields.items():
        if schema.get("format") == _FORMAT and form.get(name):
            return registration(case.citizen_id, str(form[name]), staff.actor, now)
    return None
