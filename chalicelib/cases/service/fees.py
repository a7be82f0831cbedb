"""Which step waits for a case's fee."""

from chalicelib.cases.domain import Case, StepName
from chalicelib.catalogue import service as catalogue


def fee_step(case: Case) -> StepName | None:
    """Return the step that waits for the case's fee, until the office has it."""
    if not case.unpaid:
        return None
    service = catalogue.current().services.get(case.service_id)
    return service.fee_before if service else "issue"
