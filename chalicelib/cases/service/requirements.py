"""What a step must be given: a reason, or what is to be corrected."""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, Remark
from chalicelib.cases.service import encryption, staff_scope
from chalicelib.core.errors import FieldError, InvalidRequest, pointer
from chalicelib.core.i18n import Text

_NEEDED: Final = Text("请填写理由", "A reason is needed")
_NO_ITEMS: Final = Text("请列明需要补正的内容", "Say what is to be corrected")
_NOTHING_THERE: Final = Text("申请中没有这一项", "There is no such thing in the application")
_FORM: Final = "form"
_MATERIALS: Final = "materials"
# Of the application as a whole, or of one side of it.
_WHOLE: Final = frozenset({"", pointer(_FORM), pointer(_MATERIALS)})


def check_given(case: Case, needs: str | None, note: str | None, items: Sequence[Remark]) -> None:
    """Raise InvalidRequest when a step `needs` a note or items that are not there.

    Also for items that are nowhere in the case: nobody could answer them.
    """
    if needs == "note" and not (note or "").strip():
        raise InvalidRequest(errors=[FieldError("/note", "missing", _NEEDED)])
    if needs == "items" and not items:
        raise InvalidRequest(errors=[FieldError("/items", "missing", _NO_ITEMS)])
    wrong = _lost(case, items) if needs == "items" else []
    if wrong:
        errors = [
            FieldError(pointer("items", place, "pointer"), "unknown", _NOTHING_THERE)
            for place in wrong
        ]
        raise InvalidRequest(errors=errors)


def _lost(case: Case, items: Sequence[Remark]) -> list[int]:
    """Return the places of the items that name no field and no paper, asked for or given.

    What the guide asks for now may not be what it asked for when the case was lodged.
    """
    named = [_named(one.pointer) for one in items]
    service = staff_scope.service_of(case.service_id)
    known = set(_WHOLE)
    if service:
        known |= _pointers(_FORM, json.loads(service.form).get("properties", {}))
        known |= _pointers(_MATERIALS, [one.material_id for one in service.materials])
    if known.issuperset(named):
        return []
    known |= _given(case)
    return [place for place, name in enumerate(named) if name not in known]


def _named(where: str) -> str:
    """Return the pointer of the field or paper in which something lies."""
    return "/".join(where.split("/")[:3])


def _given(case: Case) -> set[str]:
    file = storage.load_file(case.case_id)
    if file is None:
        return set()
    form: Collection[Any] = encryption.open_form(case.case_id, file.body.form) or {}
    given = file.body.materials + file.body.certificates + file.body.lookups
    return _pointers(_FORM, form) | _pointers(_MATERIALS, [one.material_id for one in given])


def _pointers(kind: str, names: Collection[str]) -> set[str]:
    return {pointer(kind, name) for name in names}
