"""What kinds of bills are called, in books, reports and on receipts."""

from collections.abc import Mapping
from typing import Final

from chalicelib.core.i18n import Text
from chalicelib.payments.bills.domain.terms import BillKind

_PREFIX: Final = "bill-"
_NAMES: Final[Mapping[BillKind, Text]] = {
    "fine": Text("罚款", "Fine"),
    "fee": Text("行政事业性收费", "Government fee"),
    "exam": Text("考试费", "Examination fee"),
    "tuition": Text("学费", "Tuition"),
    "insurance": Text("社会保险费", "Social insurance"),
    "other": Text("其他缴款", "Other payment"),
}
_BY_SERVICE: Final = {f"{_PREFIX}{kind}": name for kind, name in _NAMES.items()}


def service_id_of(kind: BillKind) -> str:
    """Return the name under which payments, books and reports count bills of a kind."""
    return f"{_PREFIX}{kind}"


def name_of(service_id: str) -> Text | None:
    """Return what bills are called that are counted under a name; None for a service's."""
    return _BY_SERVICE.get(service_id)
