"""What a citizen applies with, and what may be wrong with its materials."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.cases.domain.case import Address, Attachment
from chalicelib.catalogue.domain import Service
from chalicelib.core.errors import FieldError, pointer
from chalicelib.core.i18n import Text

# Files for one material: a register, a contract or a deed is photographed page by page.
PAGES: Final = 10
_REQUIRED: Final = Text("请提供此项材料", "This material is required")
_NOT_ASKED: Final = Text("本事项不需要此材料", "This material is not asked for")
_TWICE: Final = Text("同一个文件重复提交", "One file is given twice for this material")
_TOO_MANY: Final = Text("此项材料最多 10 个文件", "At most 10 files for this material")


@dataclass(frozen=True, slots=True)
class Content:
    """What is filled in and attached, or what a correction changes of it."""

    form: Mapping[str, Any]
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """What a citizen lodges; without an office the first that offers the service takes it."""

    service_id: str
    content: Content
    office_id: str | None = None
    for_member: str | None = None
    delivery: Address | None = None


def material_errors(service: Service, attachments: Sequence[Attachment]) -> Iterator[FieldError]:
    """Return what is missing, not asked for, or given too often."""
    asked = {material.material_id: material for material in service.materials}
    names = dict.fromkeys(one.material_id for one in attachments)
    for material_id in names:
        if material_id not in asked:
            yield FieldError(pointer("materials", material_id), "unknown_material", _NOT_ASKED)
    for material_id in names.keys() & asked.keys():
        pages = [one.upload_id for one in attachments if one.material_id == material_id]
        if len(pages) > PAGES:
            yield FieldError(pointer("materials", material_id), "too_many_pages", _TOO_MANY)
        elif len(set(pages)) < len(pages):
            yield FieldError(pointer("materials", material_id), "given_twice", _TWICE)
    for material in asked.values():
        if material.required and material.material_id not in names:
            yield FieldError(pointer("materials", material.material_id), "required", _REQUIRED)


def with_new_pages(
    before: Sequence[Attachment], new: Sequence[Attachment]
) -> tuple[Attachment, ...]:
    """Return what is given after a correction: a material given anew replaces all its pages.

    Materials stand in the order in which they were first given.
    """
    pages: dict[str, list[Attachment]] = {one.material_id: [] for one in (*before, *new)}
    anew = {one.material_id for one in new}
    for one in (*(one for one in before if one.material_id not in anew), *new):
        pages[one.material_id].append(one)
    return tuple(attachment for of_one in pages.values() for attachment in of_one)


def merged(form: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form with its corrections: fields replace, null removes one.

    Nothing to remove is not a removal: it stays in, to be told as what the form does not ask.
    """
    both = {**form, **changes}
    return {n: value for n, value in both.items() if value is not None or n not in form}
