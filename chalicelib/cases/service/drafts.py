"""Drafts of applications: on any phone of their citizen, sealed, for 90 days."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib.cases import storage
from chalicelib.cases.domain.drafts import LARGEST_DRAFT, Draft
from chalicelib.catalogue.service import guide
from chalicelib.core.clock import rfc3339
from chalicelib.core.crypto import DecryptionError, SubjectKey
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.identity import service as identity
from chalicelib.identity.service import personal_data_requests

_TOO_LARGE: Final = Text("填写的内容过多", "This is too much for one application")


def save(citizen_id: str, service_id: str, content: Mapping[str, Any], now: datetime) -> Draft:
    """Keep what is filled in, in the place of what was. Idempotent.

    Raises NotFound for an unknown service, and InvalidRequest for more than `LARGEST_DRAFT`.
    """
    guide.service(service_id)
    text = json.dumps(content, ensure_ascii=False)
    if len(text.encode()) > LARGEST_DRAFT:
        raise InvalidRequest(errors=[FieldError("/form", "too_long", _TOO_LARGE)])
    sealed = identity.key_of(citizen_id).seal(_field(service_id), text)
    storage.save_draft(citizen_id, storage.SealedDraft(service_id, sealed, now))
    return Draft(service_id, content, now)


def show(citizen_id: str, service_id: str, now: datetime) -> Draft:
    """Return a draft; raises NotFound."""
    sealed = storage.load_draft(citizen_id, service_id)
    draft = _opened(sealed, identity.key_of(citizen_id)) if sealed else None
    if draft is None or not draft.is_kept(now):
        raise NotFound
    return draft


def list_mine(citizen_id: str, now: datetime) -> list[Draft]:
    """Return a citizen's drafts, the last saved first, without what is in them."""
    drafts = [Draft(one.service_id, {}, one.saved_at) for one in storage.list_drafts(citizen_id)]
    kept = (draft for draft in drafts if draft.is_kept(now))
    return sorted(kept, key=lambda draft: draft.saved_at, reverse=True)


def discard(citizen_id: str, service_id: str) -> None:
    """Drop a draft. Idempotent."""
    storage.delete_draft(citizen_id, service_id)


def _opened(sealed: storage.SealedDraft, key: SubjectKey) -> Draft | None:
    try:
        text = key.open(_field(sealed.service_id), sealed.sealed)
    except DecryptionError:
        return None
    return Draft(sealed.service_id, json.loads(text), sealed.saved_at)


def _field(service_id: str) -> str:
    return f"draft/{service_id}"


def _held_about(citizen_id: str) -> list[dict[str, object]]:
    key = identity.key_of(citizen_id)
    drafts = (_opened(sealed, key) for sealed in storage.list_drafts(citizen_id))
    return [
        {**draft.content, "service_id": draft.service_id, "saved_at": rfc3339(draft.saved_at)}
        for draft in drafts
        if draft
    ]


def _forget(citizen_id: str, _now: datetime) -> None:
    for draft in storage.list_drafts(citizen_id):
        discard(citizen_id, draft.service_id)


PERSONAL_DATA: Final = personal_data_requests.Holder("drafts", _held_about, _forget)
