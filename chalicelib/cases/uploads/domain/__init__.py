"""What may be uploaded, and what a file is by its bytes."""

from chalicelib.cases.uploads.domain.upload import (
    LARGEST,
    READ_WITHIN,
    UNUSED_FOR,
    UPLOAD_WITHIN,
    ContentType,
    TooManyFiles,
    Upload,
    media_type,
    name_of_type,
    plain_name,
)

__all__ = [
    "LARGEST",
    "READ_WITHIN",
    "UNUSED_FOR",
    "UPLOAD_WITHIN",
    "ContentType",
    "TooManyFiles",
    "Upload",
    "media_type",
    "name_of_type",
    "plain_name",
]
