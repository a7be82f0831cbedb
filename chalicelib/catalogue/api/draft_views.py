"""The drafts of services and what was published, as the catalogue's desk sees them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.catalogue.api.section_views import (
    FeeSection,
    GuideSection,
    LimitsSection,
    MaterialSection,
    Said,
)
from chalicelib.catalogue.domain.desk import Desk
from chalicelib.catalogue.domain.draft_changes import Change, ChangeKind
from chalicelib.catalogue.domain.drafts import DraftStatus, PublishedVersion
from chalicelib.catalogue.domain.sections import SECTIONS, as_of, moments, version_of
from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel, PendingView
from chalicelib.core.i18n import Lang

VersionStatus = Literal["scheduled", "current", "past"]
ReadOnly = Annotated[object, Field(json_schema_extra={"readOnly": True})]


class DraftBody(BodyModel):
    """What a draft changes; sections that are left out stay as they are.

    `effective_from` is a day, or a time with its offset, from which on it holds for what is lodged
    then; null is at once. With the `version` that was looked at another's edit is not lost. What
    GET answers can be sent back: the fields that are read only are left alone.
    """

    guide: GuideSection | None = None
    fee: FeeSection | None = None
    materials: list[MaterialSection] | None = None
    limits: LimitsSection | None = None
    synonyms: list[Said] | None = None
    form: dict[str, Any] | None = None
    effective_from: str | None = None
    version: Annotated[int, Field(ge=0)] | None = None
    service_id: ReadOnly = None
    name: ReadOnly = None
    status: ReadOnly = None
    published_version: ReadOnly = None
    outdated: ReadOnly = None
    needs_second_person: ReadOnly = None
    changes: ReadOnly = None
    pending: ReadOnly = None
    edited_by: ReadOnly = None
    edited_at: ReadOnly = None
    versions: ReadOnly = None


def sections_given(body: DraftBody) -> dict[str, Any]:
    """Return the sections that are given; of guide, fee and limits what is given of them."""
    given: dict[str, Any] = {}
    for name in SECTIONS:
        section = getattr(body, name)
        if isinstance(section, GuideSection | FeeSection | LimitsSection):
            given[name] = section.model_dump(by_alias=True, include=section.model_fields_set)
        elif section is not None:
            given[name] = body.model_dump(by_alias=True, include={str(name)})[name]
    return given


class ChangeView(BodyModel):
    """One difference at a JSON pointer into the sections, and the same in plain words.

    A paper stands in the pointer by its id, a field of the form by its name.
    """

    pointer: str
    kind: ChangeKind
    before: Any
    after: Any
    text: str
    needs_second_person: bool


class VersionView(BodyModel):
    """A version that the desk published; `approved_by` is null where no second person was due."""

    version: int
    status: VersionStatus
    effective_from: str
    published_at: str
    edited_by: str
    submitted_by: str
    approved_by: str | None
    reason: str
    changes: list[ChangeView]


class ServiceDraftView(BodyModel):
    """A service as it would be published, and what that changes.

    Without a draft its `status` is `none`, and it is the service as it is. It is `outdated` when
    another version was published since it was written. `versions` are the last, newest first.
    """

    service_id: str
    name: str
    status: DraftStatus
    version: int
    published_version: int
    outdated: bool
    guide: GuideSection | None
    fee: FeeSection
    materials: list[MaterialSection]
    limits: LimitsSection
    synonyms: list[str]
    form: dict[str, Any]
    effective_from: str | None
    needs_second_person: bool
    changes: list[ChangeView]
    pending: PendingView | None
    edited_by: str | None
    edited_at: str | None
    versions: list[VersionView]


class DeskServiceView(BodyModel):
    """A service in the desk's list, with the state of its draft.

    `scheduled_from` is when the next version takes effect that was published for later.
    """

    service_id: str
    name: str
    category: str
    department_id: str
    department: str
    published_version: int
    scheduled_from: str | None
    status: DraftStatus
    sections: list[str]
    outdated: bool
    pending: PendingView | None
    edited_by: str | None
    edited_at: str | None
    effective_from: str | None


class DeskServiceList(BodyModel):
    """The services of the catalogue, in its order."""

    items: list[DeskServiceView]
    next_cursor: str | None


def change_view(change: Change, lang: Lang) -> ChangeView:
    """Present a difference."""
    return ChangeView(
        pointer=change.pointer,
        kind=change.kind,
        before=change.before,
        after=change.after,
        text=change.in_words(lang),
        needs_second_person=change.needs_second_person,
    )


def draft_view(
    desk: Desk, versions: list[PublishedVersion], lang: Lang, now: datetime
) -> ServiceDraftView:
    """Present a service as it would be published."""
    draft, changes = desk.draft, desk.changes(now)
    sections = {**desk.before(now), **draft.sections}
    return ServiceDraftView.model_validate(
        {
            **sections,
            "service_id": draft.service_id,
            "name": desk.service["name"][lang],
            "status": draft.status,
            "version": draft.version,
            "published_version": version_of(desk.service),
            "outdated": desk.is_outdated,
            "effective_from": _time(draft.effective_from),
            "needs_second_person": any(one.needs_second_person for one in changes),
            "changes": [change_view(one, lang) for one in changes],
            "pending": PendingView.of(draft.asked),
            "edited_by": draft.edited_by,
            "edited_at": _time(draft.edited_at),
            "versions": _versions(versions, lang, now),
        }
    )


def desk_service_view(desk: Desk, lang: Lang, now: datetime) -> DeskServiceView:
    """Present a service of the desk's list."""
    draft, service = desk.draft, as_of(desk.service, now)
    later = [moment for moment in moments([service]) if moment > now]
    department = service["department"]
    return DeskServiceView(
        service_id=draft.service_id,
        name=service["name"][lang],
        category=service["category"],
        department_id=department["id"],
        department=department["name"][lang],
        published_version=version_of(service),
        scheduled_from=_time(later[0]) if later else None,
        status=draft.status,
        sections=list(draft.sections),
        outdated=desk.is_outdated,
        pending=PendingView.of(draft.asked),
        edited_by=draft.edited_by,
        edited_at=_time(draft.edited_at),
        effective_from=_time(draft.effective_from),
    )


def _versions(versions: list[PublishedVersion], lang: Lang, now: datetime) -> list[VersionView]:
    holding = max(
        (one for one in versions if one.effective_from <= now),
        key=lambda one: (one.effective_from, one.number),
        default=None,
    )
    return [
        VersionView(
            version=one.number,
            status="scheduled" if one.effective_from > now else _held(is_now=one is holding),
            effective_from=rfc3339(one.effective_from),
            published_at=rfc3339(one.published_at),
            edited_by=one.edited_by,
            submitted_by=one.submitted_by,
            approved_by=one.approved_by,
            reason=one.reason,
            changes=[change_view(change, lang) for change in one.changes],
        )
        for one in versions
    ]


def _held(*, is_now: bool) -> VersionStatus:
    return "current" if is_now else "past"


def _time(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None
