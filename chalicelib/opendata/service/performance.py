"""How well the offices do, from the months that were published."""

from dataclasses import dataclass
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.opendata.domain.performance import Performance, Scope, of_months
from chalicelib.opendata.service import datasets

LONGEST: Final = 24


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of each month (YYYY-MM), and of all of them together."""

    months: dict[str, Performance]
    together: Performance


def report(office_id: str | None, service_id: str | None, count: int) -> Report:
    """Return how well a hall, or all, did with a service, or all, in the last months.

    Raises NotFound, or TryAgain.
    """
    if office_id is not None:
        catalogue.office(office_id)
    category = catalogue.service(service_id).category if service_id else None
    scope = Scope(office_id, service_id, category)
    promised = {name: one.trips for name, one in catalogue.current().services.items()}
    last = dict(sorted(datasets.months().items())[-count:])
    by_month = {month: of_months([tables], scope, promised) for month, tables in last.items()}
    return Report(by_month, of_months(last.values(), scope, promised))
