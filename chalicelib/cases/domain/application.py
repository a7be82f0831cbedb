"""What a citizen applies with, and what may be wrong with its materials."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

from chalicelib.cases.domain.application_body import (
    Address,
    Attachment,
    Body,
    GivenCertificate,
    GivenLookup,
)
from chalicelib.cases.domain.originals import Handover, expected_of
from chalicelib.catalogue.domain import Service
from chalicelib.core.errors import FieldError, pointer
from chalicelib.core.i18n import Text


class _ForMaterial(Protocol):
    @property
    def material_id(self) -> str: ...


G = TypeVar("G", bound=_ForMaterial)
# Files for one material: a register, a contract or a deed is photographed page by page.
PAGES: Final = 10
_REQUIRED: Final = Text("请提供此项材料", "This material is required")
_NOT_ASKED: Final = Text("本事项不需要此材料", "This material is not asked for")
_TWICE: Final = Text("同一个文件重复提交", "One file is given twice for this material")
_NO_ORIGINALS: Final = Text("本次申请不需要交验原件", "No originals are asked for")
_PICKUP_REQUIRED: Final = Text("请填写快递取件地址", "Say where the courier fetches the originals")
_NO_PICKUP: Final = Text(
    "只有选择快递交验原件时才需要取件地址", "Only a courier needs an address to fetch from"
)
_TOO_MANY: Final = Text("此项材料最多 10 个文件", "At most 10 files for this material")


@dataclass(frozen=True, slots=True)
class Content:
    """What is filled in and attached, or what a correction changes of it."""

    form: Mapping[str, Any]
    attachments: tuple[Attachment, ...] = ()
    certificates: tuple[GivenCertificate, ...] = ()
    lookups: tuple[GivenLookup, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is given."""
        return not (self.form or self.attachments or self.certificates or self.lookups)

    @property
    def material_ids(self) -> list[str]:
        """Return the ids of the materials that are given, each once."""
        ids = [one.material_id for one in self.attachments]
        ids += [one.material_id for one in self.certificates]
        ids += [one.material_id for one in self.lookups]
        return list(dict.fromkeys(ids))

    def given_for(self, material_id: str) -> list[str]:
        """Return the ids of the files and of what else is given for a material."""
        return [
            *(one.upload_id for one in self.attachments if one.material_id == material_id),
            *(one.certificate_id for one in self.certificates if one.material_id == material_id),
            *(one.lookup_id for one in self.lookups if one.material_id == material_id),
        ]


@dataclass(frozen=True, slots=True)
class Intake:
    """Who entered an application at the counter of which hall; `actor` names them in histories."""

    staff_id: str
    actor: str
    office_id: str


@dataclass(frozen=True, slots=True)
class Application:
    """What a citizen lodges; without an office the first that offers the service takes it.

    `signature` is what they signed it by, where the service asks for it.
    """

    service_id: str
    content: Content
    office_id: str | None = None
    for_member: str | None = None
    delivery: Address | None = None
    handover: Handover | None = None
    pickup: Address | None = None
    intake: Intake | None = None
    appointment_id: str | None = None
    signature: str | None = None


def material_errors(service: Service, content: Content) -> Iterator[FieldError]:
    """Return what is missing, not asked for, or given too often."""
    asked = {material.material_id: material for material in service.materials}
    names = content.material_ids
    for material_id in names:
        if material_id not in asked:
            yield FieldError(pointer("materials", material_id), "unknown_material", _NOT_ASKED)
            continue
        pages = content.given_for(material_id)
        if len(pages) > PAGES:
            yield FieldError(pointer("materials", material_id), "too_many_pages", _TOO_MANY)
        elif len(set(pages)) < len(pages):
            yield FieldError(pointer("materials", material_id), "given_twice", _TWICE)
    for material in asked.values():
        if material.required and material.material_id not in names:
            yield FieldError(pointer("materials", material.material_id), "required", _REQUIRED)


def handover_errors(service: Service, application: Application) -> Iterator[FieldError]:
    """Return what is wrong in how the originals come to the office."""
    given = {one.material_id for one in application.content.attachments}
    handover, pickup = application.handover, application.pickup
    if handover in ("courier", "visit") and not expected_of(service, given):
        yield FieldError("/handover", "not_needed", _NO_ORIGINALS)
    if handover == "courier" and pickup is None:
        yield FieldError("/pickup_address", "required", _PICKUP_REQUIRED)
    if handover != "courier" and pickup is not None:
        yield FieldError("/pickup_address", "not_needed", _NO_PICKUP)


def with_new_materials(before: Body, new: Content) -> Body:
    """Return what is given after a correction: a material given anew replaces all of it.

    Materials stand in the order in which they were first given.
    """
    anew = frozenset(new.material_ids)
    return replace(
        before,
        materials=_with_new(before.materials, new.attachments, anew),
        certificates=_with_new(before.certificates, new.certificates, anew),
        lookups=_with_new(before.lookups, new.lookups, anew),
    )


def _with_new(before: Sequence[G], new: Sequence[G], anew: frozenset[str]) -> tuple[G, ...]:
    places = list(dict.fromkeys(one.material_id for one in [*before, *new]))
    kept = [one for one in before if one.material_id not in anew]
    return tuple(sorted([*kept, *new], key=lambda one: places.index(one.material_id)))


def merged(form: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form with its corrections: fields replace, null removes one.

    Nothing to remove is not a removal: it stays in, to be told as what the form does not ask.
    """
    both = {**form, **changes}
    return {n: value for n, value in both.items() if value is not None or n not in form}
