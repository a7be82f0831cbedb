"""A citizen verifies the own case with what is published and written in the docs, and nothing else.

The checks here are written from `docs/audit.md`, beside the script that stands there.
"""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from chalicelib.anchors.service import heads
from chalicelib.cases.storage._records import HistoryRecord, case_pk
from chalicelib.core import audit
from chalicelib.core.anchoring import Leaf
from tests.anchors.world import chain, night
from tests.support import functions
from tests.support.cases import lodge, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.people import Citizen

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_history.py"


def digest(*facts: Any) -> bytes:
    text = json.dumps(facts, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).digest()


def octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def holds(history: Any) -> bool:
    """Verify a history as the docs say: by recursion over the tree, where the script walks it."""
    last = "0" * 32
    for number, one in enumerate(history["items"], 1):
        facts = (history["subject_id"], number, one["type"], one["at"], one["commitments"], last)
        last = digest(*facts).hex()[:32]
        opened = {o["name"]: digest(o["salt"], o["name"], o["value"]).hex() for o in one["shown"]}
        if one["hash"] != last or not opened.items() <= one["commitments"].items():
            return False
    proof, anchor = history["proof"], history["proof"]["anchor"]
    if history["head"] != {"seq": len(history["items"]), "hash": last}:
        return False
    if proof["hash"] != history["items"][proof["seq"] - 1]["hash"]:
        return False
    text = json.dumps([history["subject_id"], proof["seq"], proof["hash"]], separators=(",", ":"))
    leaf = hashlib.sha256(b"\x00" + text.encode()).digest()
    path = [bytes.fromhex(one) for one in proof["path"]]
    if above(leaf, proof["index"], anchor["size"], path).hex() != anchor["root"] or path:
        return False
    return signed(anchor, proof["key"])


def above(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    if size == 1:
        return leaf
    split = 1 << ((size - 1).bit_length() - 1)
    sibling = path.pop() if path else b""
    if index < split:
        return hashlib.sha256(b"\x01" + above(leaf, index, split, path) + sibling).digest()
    right = above(leaf, index - split, size - split, path)
    return hashlib.sha256(b"\x01" + sibling + right).digest()


def signed(anchor: Any, jwk: Any) -> bool:
    named = json.dumps({n: jwk[n] for n in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    if hashlib.sha256(named.encode()).digest() != octets(anchor["key_id"]):
        return False
    x, y = (int.from_bytes(octets(jwk[name])) for name in ("x", "y"))
    raw = octets(anchor["signature"])
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    text = {name: anchor[name] for name in ("date", "previous", "root", "size")}
    try:
        ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(
            utils.encode_dss_signature(r, s),
            json.dumps(text, separators=(",", ":")).encode(),
            ec.ECDSA(SHA256()),
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def script(folder: Path, history: Any, anchors: Any) -> tuple[int, str]:
    for name, content in (("history", history), ("anchors", anchors)):
        (folder / name).write_text(json.dumps(content))
    command = [sys.executable, "-I", str(SCRIPT), "history", "anchors"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def accepted(client: ApiClient) -> tuple[Citizen, str]:
    me = verified(client)
    case_id = str(lodge(client, me).json()["case_id"])
    walk(client, worker(client), case_id, "claim", "accept")
    return me, case_id


def anchor(case_id: str) -> None:
    kept, now = audit.find(case_id), night()
    assert kept
    others = [chain(1, now)[0] for _ in range(4)]
    heads.collect([Leaf(one.subject, one.seq, one.hash) for one in (*kept.entries, *others)])
    functions.run("anchor_heads", now)


def test_the_owner_verifies_a_case_offline_and_sees_no_name_of_staff(
    client: ApiClient, accepted: tuple[Citizen, str], tmp_path: Path
) -> None:
    me, case_id = accepted
    fresh = client.get(f"/v1/cases/{case_id}/history", token=me.token).json()
    assert fresh["proof"] is None
    assert script(tmp_path, fresh, {})[0] == 0
    anchor(case_id)
    answer = client.get(f"/v1/cases/{case_id}/history", token=me.token)
    history, anchors = answer.json(), client.get("/v1/anchors").json()
    assert history["proof"]["anchor"] == anchors["items"][0]
    assert holds(history)
    code, said = script(tmp_path, history, anchors)
    whole = f"whole: {len(history['items'])} entries of {case_id}"
    assert (code, said.splitlines()[0]) == (0, whole)
    kept = audit.find(case_id)
    assert kept
    staff = {one.actor for one in kept.entries if one.actor.startswith("staff:")}
    assert staff
    assert not any(name.partition(":")[2] in answer.body.decode() for name in staff)
    first, second = history["items"][:2]
    shown = {one["name"]: one["value"] for one in first["shown"]}
    assert (shown["by"], shown["actor"]) == ("citizen", f"citizen:{me.citizen_id}")
    assert shown["data.status"] == "submitted"
    assert "actor" in second["commitments"]
    assert {one["name"] for one in second["shown"]} & {"by", "actor"} == {"by"}


def changed(path: str, value: Any) -> Callable[[Any], None]:
    def change(history: Any) -> None:
        *way, last = path.split("/")
        at = history
        for step in way:
            at = at[int(step) if step.isdecimal() else step]
        at[int(last) if last.isdecimal() else last] = value

    return change


TAMPERED: dict[str, Callable[[Any], None]] = {
    "a time": changed("items/0/at", "2026-12-01T00:00:00+08:00"),
    "a type": changed("items/1/type", "case.rejected"),
    "a word": changed("items/0/shown/0/value", "staff"),
    "a commitment": changed("items/1/commitments/actor", "0" * 64),
    "a hash": changed("items/1/hash", "0" * 32),
    "the end": lambda history: history["items"].pop(),
    "the middle": lambda history: history["items"].pop(1),
    "the proof's hash": changed("proof/hash", "0" * 32),
    "the place": changed("proof/index", 0),
    "the path": lambda history: history["proof"]["path"].pop(),
    "the root": changed("proof/anchor/root", "0" * 64),
    "the day": changed("proof/anchor/date", "2020-01-01"),
    "the key": changed("proof/key/x", "AA"),
    "the signature": changed("proof/anchor/signature", "A" * 86),
}


def test_whatever_is_changed_is_found_by_both_verifiers(
    client: ApiClient, accepted: tuple[Citizen, str], tmp_path: Path
) -> None:
    me, case_id = accepted
    anchor(case_id)
    history = client.get(f"/v1/cases/{case_id}/history", token=me.token).json()
    if history["proof"]["index"] == 0:
        TAMPERED["the place"] = changed("proof/index", 1)
    for name, tamper in TAMPERED.items():
        false = deepcopy(history)
        tamper(false)
        assert not holds(false), name
        assert script(tmp_path, false, client.get("/v1/anchors").json())[0] == 1, name
    other = {"items": [{**history["proof"]["anchor"], "root": "00"}]}
    assert script(tmp_path, history, other)[0] == 1


def test_an_entry_of_before_commitments_keeps_its_place(
    client: ApiClient, accepted: tuple[Citizen, str], tmp_path: Path
) -> None:
    me, case_id = accepted
    kept = audit.find(case_id)
    assert kept
    old = chain(len(kept.entries), night(), case_id)
    for one in old:
        record = HistoryRecord.get(case_pk(case_id), f"E#{one.seq:06}")
        record.update(
            [
                HistoryRecord.salt.remove(),
                *(
                    getattr(HistoryRecord, name).set(getattr(one, name))
                    for name in ("type", "at", "actor", "data", "prev_hash", "hash")
                ),
            ]
        )
    history = client.get(f"/v1/cases/{case_id}/history", token=me.token).json()
    assert history["items"][0]["commitments"] == {}
    assert history["items"][0]["shown"] == []
    history["head"]["hash"] = old[-1].hash
    assert script(tmp_path, history, {})[0] == 0
