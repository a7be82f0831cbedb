"""Staff's accounts, and the one-time codes that they used."""

from pynamodb.exceptions import UpdateError

from chalicelib.core.tables import condition_failed
from chalicelib.identity.domain import StaffAccount
from chalicelib.identity.storage._records import StaffRecord, get


def save_staff(account: StaffAccount) -> None:
    """Keep a member of staff's account."""
    StaffRecord(
        f"S#{account.username}",
        "staff",
        password_hash=account.password_hash,
        roles=set(account.roles),
        office_ids=set(account.office_ids),
        totp=account.totp,
        key=account.wrapped_key,
        account=account.account_id or None,
    ).save()


def load_staff(username: str) -> StaffAccount | None:
    """Return a member of staff's account."""
    for r in get(StaffRecord, f"S#{username}", "staff"):
        return StaffAccount(
            username,
            r.password_hash,
            frozenset(r.roles),
            frozenset(r.office_ids),
            r.totp,
            r.key,
            r.account or "",
        )
    return None


def delete_staff(username: str) -> None:
    """Remove a member of staff's account; one that is not there is fine."""
    StaffRecord(f"S#{username}", "staff").delete()


def use_totp_step(username: str, step: int) -> bool:
    """Note that the one-time code of a time step was used; False when it was used before."""
    unused = StaffRecord.totp_step.does_not_exist() | (StaffRecord.totp_step < step)
    try:
        StaffRecord(f"S#{username}", "staff").update(
            [StaffRecord.totp_step.set(step)], condition=unused
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True
