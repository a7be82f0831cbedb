"""What is held about a citizen's signing: factors without their secrets, and what was signed."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from chalicelib.core.clock import rfc3339
from chalicelib.identity.service import personal_data_requests, profiles
from chalicelib.identity.signing import storage


def _held_about(citizen_id: str) -> Mapping[str, object]:
    signatures = storage.list_used(citizen_id)
    key = profiles.key_of(citizen_id) if signatures else None
    return {
        "factors": [
            {
                "factor_id": one.factor_id,
                "kind": one.kind,
                "name": one.name,
                "added_at": rfc3339(one.added_at),
            }
            for one in storage.load_factors(citizen_id).items
        ],
        "signatures": [
            {
                "act": one.act,
                "used_for": one.used_for,
                "at": rfc3339(one.at),
                "digest": one.digest,
                "content": json.loads(key.open(f"signed/{one.signature_id}", one.sealed)),
                "signature": one.token,
            }
            for one in signatures
            if key
        ],
    }


def _forget(citizen_id: str, _now: datetime) -> None:
    # What was signed goes with the citizen's key; that it was stays, as histories do.
    storage.delete_factors(citizen_id)


PERSONAL_DATA: Final = personal_data_requests.Holder("signing", _held_about, _forget)
