"""The tokens of halls' calendar feeds."""

from pynamodb.exceptions import PutError

from chalicelib.appointments.domain.feeds import FeedToken
from chalicelib.appointments.storage._records import FeedTokenRecord
from chalicelib.core.attributes import moment, optional_moment, optional_seconds, seconds
from chalicelib.core.tables import condition_failed


def load_feed_token(office_id: str, token_id: str) -> FeedToken | None:
    """Return a token of a hall, also one that was revoked; one Get."""
    try:
        return _token(FeedTokenRecord.get(_partition(office_id), token_id, consistent_read=True))
    except FeedTokenRecord.DoesNotExist:
        return None


def list_feed_tokens(office_id: str) -> list[FeedToken]:
    """Return all tokens of a hall, also those that were revoked; one Query."""
    return [_token(one) for one in FeedTokenRecord.query(_partition(office_id))]


def store_feed_token(token: FeedToken, *, new: bool) -> bool:
    """Keep a token; False when a new one is there already, or an old one is not."""
    record = FeedTokenRecord(
        _partition(token.office_id),
        token.token_id,
        digest=token.digest,
        staff=token.staff_id,
        created=seconds(token.created_at),
        revoked=optional_seconds(token.revoked_at),
    )
    exists = FeedTokenRecord.pk.exists()
    try:
        record.save(condition=FeedTokenRecord.pk.does_not_exist() if new else exists)
    except PutError as error:
        condition_failed(error)
        return False
    return True


def _partition(office_id: str) -> str:
    return f"F#{office_id}"


def _token(record: FeedTokenRecord) -> FeedToken:
    return FeedToken(
        record.pk[2:],
        record.sk,
        record.digest,
        record.staff,
        moment(record.created),
        optional_moment(record.revoked),
    )
