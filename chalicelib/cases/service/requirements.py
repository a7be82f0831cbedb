"""What a step must be given: a reason, or what is to be corrected."""

from collections.abc import Sequence
from typing import Final

from chalicelib.cases.domain import Remark
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text

_NEEDED: Final = Text("请填写理由", "A reason is needed")
_NO_ITEMS: Final = Text("请列明需要补正的内容", "Say what is to be corrected")


def check_given(needs: str | None, note: str | None, items: Sequence[Remark]) -> None:
    """Raise InvalidRequest when a step `needs` a note or items that are not there."""
    if needs == "note" and not (note or "").strip():
        raise InvalidRequest(errors=[FieldError("/note", "missing", _NEEDED)])
    if needs == "items" and not items:
        raise InvalidRequest(errors=[FieldError("/items", "missing", _NO_ITEMS)])
