"""Everything that is missing or wrong in what is applied with, told at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.cases.domain import Content
from chalicelib.cases.domain.application import material_errors
from chalicelib.cases.service import decision_checks, evidence
from chalicelib.cases.uploads import service as uploads
from chalicelib.cases.uploads.service import handing_over
from chalicelib.catalogue.domain import Service, forms
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import office_time
from chalicelib.core.errors import FieldError, pointer


def content_errors(
    caller: Citizen,
    service: Service,
    content: Content,
    now: datetime,
    before: Mapping[str, Any] | None = None,
) -> list[FieldError]:
    """Return everything that is missing or wrong in a content; `before` is what is corrected.

    Files are looked at only where their material is asked for and not given too often; those of
    who acts for another become that person's.
    """
    wrong = list(material_errors(service, content))
    at_fault = {error.pointer for error in wrong}
    to_verify = [
        attachment
        for attachment in content.attachments
        if pointer("materials", attachment.material_id) not in at_fault
    ]
    kept = [name for name, value in (before or {}).items() if content.form.get(name) == value]
    in_form = forms.violations(service, content.form, office_time(now).date(), kept)
    if caller.standing:
        handed = [one.upload_id for one in to_verify]
        handing_over.hand_over(caller.calls, caller.citizen_id, handed)
    files = uploads.check(caller.citizen_id, to_verify)
    papers = [*wrong, *files, *evidence.check(caller.citizen_id, service, content, now)]
    # Rules read a form that says what it can.
    by_rules = [] if in_form else decision_checks.rule_errors(service, content.form, now)
    return [*in_form, *by_rules, *papers]
