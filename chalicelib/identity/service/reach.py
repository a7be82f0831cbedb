"""How a citizen is reached: on the platform by which they log in, and by what they proved."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from chalicelib.core.i18n import Lang
from chalicelib.identity import storage
from chalicelib.identity.domain.links import account_of
from chalicelib.identity.service import contacts
from chalicelib.identity.service.profiles import find_to_open, load_to_open, unwrap_key

# The field of a profile that has the platform's account.
ACCOUNT: Final = "account"


@dataclass(frozen=True, slots=True)
class Channels:
    """How a citizen is reached: in which language, on which platform as whom, and where besides.

    `platform` and `account` are None for a citizen who has not logged in since accounts are kept;
    `phone` and `email` are there once they were proven; `chooses` says that they said how.
    """

    locale: Lang
    platform: str | None
    account: str | None
    phone: str | None = None
    email: str | None = None
    chooses: bool = False


def channels(citizen_id: str) -> Channels | None:
    """Return how a citizen is reached; None when there is no such citizen, or none any more."""
    profile = find_to_open(citizen_id)
    if profile is None or profile.erased or profile.deceased:
        return None
    locale: Lang = "en" if profile.locale == "en" else "zh-CN"
    login = load_to_open(account_of(profile.record_link)) if profile.record_link else profile
    sealed, proven = login.sealed.get(ACCOUNT), contacts.reached_by(profile)
    chooses = contacts.PREFERENCES in profile.sealed
    if sealed is None:
        return Channels(locale, None, None, proven.phone, proven.email, chooses)
    platform, _, account = unwrap_key(login).open(ACCOUNT, sealed).partition(":")
    return Channels(locale, platform, account, proven.phone, proven.email, chooses)


def without_login(citizen_ids: Collection[str]) -> frozenset[str]:
    """Return who of the owners of counters' accounts has no log-in yet, and lives; no key opened.

    An account that a platform made was never without one: it is not asked for here.
    """
    known = storage.load_profiles(citizen_ids) if citizen_ids else ()
    return frozenset(
        one.citizen_id for one in known if not (one.record_link or one.erased or one.deceased)
    )
