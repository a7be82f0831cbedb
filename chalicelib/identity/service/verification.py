"""The person behind an account, as the authority confirms it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core.changes import Author
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import document_of, fields_of
from chalicelib.core.plugins import registered
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import storage
from chalicelib.identity.domain import (
    PROOFS,
    IdentityAlreadySet,
    IdentityNotConfirmed,
    Profile,
    Proof,
    ProviderUnavailable,
)
from chalicelib.identity.domain.links import outranks
from chalicelib.identity.providers import identity_authority, platform_authority
from chalicelib.identity.providers.base import IdentityAuthority, IdentityClaim
from chalicelib.identity.service import links, rate_limits, reach, takeover
from chalicelib.identity.service.profiles import (
    DecryptedProfile,
    Effects,
    commit,
    decrypted,
    load,
    open_fields,
    person_of,
    unwrap_key,
)

PersonKnown = Callable[[str, str, datetime], None]
_IDENTITY: Final = ("name", "document_type", "id_number", "country")
_UNKNOWN_TYPE: Final = FieldError(
    "/document_type",
    "document_type_unsupported",
    Text(
        "这种证件暂不能在网上核验，请到大厅办理",
        "This document cannot be verified online; please bring it to a hall",
    ),
)

_CODE_NEEDED: Final = FieldError(
    "/platform_code",
    "platform_code_needed",
    Text(
        "请在微信或支付宝中授权实名信息",
        "Please let WeChat or Alipay confirm who you are",
    ),
)
_CODE_UNKNOWN: Final = FieldError(
    "/platform_code",
    "platform_code_unsupported",
    Text("该平台的实名信息在此不可用", "This platform's own result is not taken here"),
)


class _AnotherOfRecordError(Exception):
    """The person has another account of record."""

    def __init__(self, citizen_id: str) -> None:
        """Name it."""
        super().__init__(citizen_id)
        self.citizen_id = citizen_id


def verify_identity(
    citizen_id: str, claim: IdentityClaim, source: str, now: datetime
) -> DecryptedProfile:
    """Bind an account to a person; the same pair again changes nothing.

    With a `code` the platform by which the account logs in is asked. Raises InvalidRequest,
    IdentityNotConfirmed, IdentityAlreadySet, PersonKnown when the person has another account of
    record, ProviderUnavailable or TooManyRequests.
    """
    authority, claim = _asked(citizen_id, claim)
    if claim.document.document_type not in authority.document_types:
        raise InvalidRequest(errors=[_UNKNOWN_TYPE])
    person = person_of(claim.document)
    with rate_limits.counted_verification(citizen_id, source, now):
        if not authority.confirm(claim):
            raise IdentityNotConfirmed
        profile = _bind(citizen_id, person, claim, authority.proof, now)
    listeners: tuple[PersonKnown, ...] = registered("PERSON_KNOWN")
    for listener in listeners:
        listener(citizen_id, person, now)
    return decrypted(profile)


def _asked(citizen_id: str, claim: IdentityClaim) -> tuple[IdentityAuthority, IdentityClaim]:
    """Return whom to ask, and the claim with the platform's id of who asks where it is asked."""
    if not claim.code:
        authority = identity_authority()
        if authority is not None:
            return authority, claim
        if SETTINGS.identity_authorities:
            raise InvalidRequest(errors=[_CODE_NEEDED])
        raise ProviderUnavailable(retry_after=3600)
    known = reach.channels(citizen_id)
    authority = platform_authority(known.platform) if known else None
    if known is None or authority is None:
        raise InvalidRequest(errors=[_CODE_UNKNOWN])
    return authority, replace(claim, account=known.account or "")


def _bind(
    citizen_id: str, person: str, claim: IdentityClaim, proof: Proof, now: datetime
) -> Profile:
    """Make an account the person's account of record; raises IdentityAlreadySet or PersonKnown."""

    def change(profile: Profile) -> Profile:
        if profile.person not in (None, person):
            raise IdentityAlreadySet
        of_record = storage.find_of_record(person)
        if of_record not in (None, citizen_id):
            raise _AnotherOfRecordError(of_record)
        return _bound(profile, person, claim, proof)

    def effects() -> Effects:
        return Effects(also=[storage.write_of_record(person, citizen_id)])

    event = DomainEvent("identity.verified", {"level": "real_name"})
    try:
        return commit(citizen_id, change, event, now, effects)
    except _AnotherOfRecordError as other:
        return _second_account(citizen_id, other.citizen_id, proof, now)


def _second_account(citizen_id: str, of_record: str, proof: Proof, now: datetime) -> Profile:
    """Let a better proof take the person over; raises PersonKnown or ThingsOpen."""
    owner = load(of_record)
    if owner.deceased:
        # Nobody is told of a death by trying who it is.
        raise IdentityNotConfirmed
    if proof == "match" or not outranks(proof, owner.proof):
        raise links.refuse_second_account(citizen_id, of_record, now)
    request = links.request_of(citizen_id, of_record, now)
    return takeover.take_over(request, proof, Author(f"citizen:{citizen_id}", now))


def _bound(profile: Profile, person: str, claim: IdentityClaim, proof: Proof) -> Profile:
    """Return an account bound to a person; the same one when that is known and proven as well."""
    key = unwrap_key(profile)
    better = max(proof, profile.proof or proof, key=PROOFS.index)
    if profile.person == person and better == profile.proof:
        clear = open_fields(key, profile.sealed)
        if (clear["name"], document_of(clear)) == (claim.name, claim.document):
            return profile
    fields = {"name": claim.name, **fields_of(claim.document)}
    others = {name: text for name, text in profile.sealed.items() if name not in _IDENTITY}
    sealed = {name: key.seal(name, text) for name, text in fields.items()}
    return replace(profile, person=person, proof=better, sealed={**others, **sealed})
