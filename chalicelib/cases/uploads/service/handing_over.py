"""Files of who acts for another, which become that person's as well."""

from collections.abc import Sequence
from dataclasses import replace

from chalicelib.cases.uploads import storage
from chalicelib.cases.uploads.providers import bucket
from chalicelib.cases.uploads.service import file_name
from chalicelib.identity import service as identity


def hand_over(uploader: str, owner: str, upload_ids: Sequence[str]) -> None:
    """Make files that somebody announced another's, for whom they are given. Idempotent.

    What the other has, or nobody has, is left as it is.
    """
    known = {one.upload_id for one in storage.load_many(owner, upload_ids)}
    for upload in storage.load_many(uploader, [one for one in upload_ids if one not in known]):
        name = identity.key_of(owner).seal(f"{upload.upload_id}/file_name", file_name(upload))
        handed = replace(upload, owner=owner, file_name=name)
        bucket.copy(upload, handed)
        storage.announce(handed)
        if upload.verified:
            storage.mark_verified(handed)
