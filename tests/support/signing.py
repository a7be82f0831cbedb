"""Signing for tests: what was shown is signed by a PIN, which is set where there is none."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.support.answer import Answer
from tests.support.client import ApiClient

PIN: Final = "274913"


class Unsigned(ApiClient):
    """A client that signs nothing by itself."""

    signs = False


def set_pin(client: ApiClient, token: str, pin: str = PIN) -> str:
    """Let a citizen have a PIN; return its factor's id."""
    answer = client.put("/v1/me/signing-pin", {"pin": pin}, token=token)
    assert answer.status == 200, answer.body
    return str(answer.json()["factor_id"])


def sign(client: ApiClient, refused: Answer, token: str, **changed: Any) -> Answer:
    """Sign what a refusal shows, by the PIN unless it is changed."""
    shown = refused.json()
    asked = {"act": shown["act"], "content": shown["content"], "factor": "pin", "pin": PIN}
    return client.post("/v1/me/signatures", {**asked, **changed}, token=token)


def signature(client: ApiClient, refused: Answer, token: str) -> str:
    """Return a signature of what a refusal shows."""
    answer = sign(client, refused, token)
    assert answer.status == 201, answer.body
    return str(answer.json()["signature"])


def to_leave(client: ApiClient, token: str) -> dict[str, str]:
    """Return the header by which a verified citizen is erased."""
    refused = Unsigned().delete("/v1/me", token=token)
    assert (refused.status, refused.code) == (403, "signature_required"), refused.body
    set_pin(client, token)
    return {"Onetrip-Signature": signature(client, refused, token)}


def may_leave(client: ApiClient, token: str) -> dict[str, str]:
    """Return that header of who is verified and logged in; of anybody else none."""
    known = client.get("/v1/me", token=token)
    if known.status != 200 or known.json()["verification_level"] == "basic":
        return {}
    refused = Unsigned().delete("/v1/me", token=token)
    if refused.status != 403 or refused.code != "signature_required":
        return {}
    set_pin(client, token)
    return {"Onetrip-Signature": signature(client, refused, token)}


def signed(
    client: ApiClient, refused: Answer, token: str, body: bytes, headers: Mapping[str, str] | None
) -> tuple[bytes, Mapping[str, str]]:
    """Return the body and headers of what was refused, with its signature."""
    set_pin(client, token)
    given = signature(client, refused, token)
    if not body:
        return body, {**(headers or {}), "Onetrip-Signature": given}
    return json.dumps({**json.loads(body), "signature": given}).encode(), headers or {}
