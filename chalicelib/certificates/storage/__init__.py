"""The table `certificates`.

| what | pk | sk |
|---|---|---|
| a certificate | V#verification code | certificate |
| its history | V#verification code | E#seq |
| that a certificate is a citizen's | C#citizen | C#issued#certificate |
| that a certificate ends on a day | D#day | certificate |
| its document, sealed | V#verification code | document |
| a presentation | P#presentation | presentation |
| a number of a status list that is not valid | S#list | place |
| how many numbers were given out | S# | numbers |
| tries of a caller in an hour | G#source | B#tries#hour |

The verification code follows from the certificate's id under a secret key, so that whoever has
either finds the certificate by one GetItem.
"""

from chalicelib.certificates.storage._records import CLAIMS, TABLE
from chalicelib.certificates.storage.certificates import (
    correct_person,
    create,
    list_ending,
    list_newest,
    list_of,
    load,
    load_entries,
    store,
)
from chalicelib.certificates.storage.documents import keep_document, load_document
from chalicelib.certificates.storage.presentations import (
    PresentationNote,
    claim_presentation,
    load_presentation,
    note_presentation,
)
from chalicelib.certificates.storage.statuses import load_statuses, next_status_number

__all__ = [
    "CLAIMS",
    "TABLE",
    "PresentationNote",
    "claim_presentation",
    "correct_person",
    "create",
    "keep_document",
    "list_ending",
    "list_newest",
    "list_of",
    "load",
    "load_document",
    "load_entries",
    "load_presentation",
    "load_statuses",
    "next_status_number",
    "note_presentation",
    "store",
]
