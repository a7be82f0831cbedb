"""The inbox, and what is held about a citizen."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from chalicelib.core import pagination
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotFound
from chalicelib.core.i18n import DEFAULT_LANG
from chalicelib.core.pagination import Page
from chalicelib.identity import service as identity
from chalicelib.identity.service import personal_data_requests
from chalicelib.mandates import service as mandates
from chalicelib.notifications import storage
from chalicelib.notifications.domain import Notice
from chalicelib.notifications.preferences import service as preferences
from chalicelib.notifications.service import wording
from chalicelib.notifications.suggestions import storage as suggestions

_PAGE: Final = 100


def inbox(citizen_id: str, position: str | None, limit: int) -> Page[Notice]:
    """Return a citizen's notices, newest first."""
    return storage.list_notices(citizen_id, position, limit)


def names_of(citizen_id: str, notices: Iterable[Notice]) -> Mapping[str, str]:
    """Return the names of whom notices are about: of the family, or a mandate's, by their ids."""
    about = [notice.facts for notice in notices]
    members = identity.names_of(citizen_id, (facts.get("member") for facts in about))
    rights = [facts["mandate"] for facts in about if "mandate" in facts]
    return {**members, **mandates.principals_of(rights)}


def mark_read(citizen_id: str, notification_id: str, now: datetime) -> Notice:
    """Note that a notice was read; the first time stays. Raises NotFound."""
    found = storage.mark_read(citizen_id, notification_id, now)
    if found is None:
        raise NotFound
    return found


def held_about(citizen_id: str) -> Mapping[str, object]:
    """Return a citizen's notices and consents as plain JSON values, for their export."""
    pages = pagination.every(lambda position: storage.list_notices(citizen_id, position, _PAGE))
    found = list(pages)
    consents = storage.list_consents(citizen_id)
    names = names_of(citizen_id, found)
    return {
        "inbox": [_exported(notice, names) for notice in found],
        "consents": {name: kept.remaining for name, kept in consents.items()},
        "preferences": preferences.held_about(citizen_id),
        "suggested": {
            key: day.isoformat() for key, day in suggestions.load(citizen_id).told.days.items()
        },
    }


PERSONAL_DATA: Final = personal_data_requests.Holder(
    "notifications",
    held_about,
    lambda citizen_id, _now: storage.erase(citizen_id),
)


def _exported(notice: Notice, names: Mapping[str, str]) -> Mapping[str, object]:
    words = wording.worded(notice, DEFAULT_LANG, names)
    return {
        "notification_id": notice.notification_id,
        "event": notice.event,
        "title": words.title,
        "body": words.body,
        "subject_id": notice.subject_id,
        "created_at": rfc3339(notice.created_at),
        "read_at": rfc3339(notice.read_at) if notice.read_at else None,
        "outside": notice.push_state.value,
    }
