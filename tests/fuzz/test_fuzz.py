"""Every operation, called by everybody with everything: it never breaks its promises."""

import os
from collections import Counter
from random import Random
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest

from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from chalicelib.identity.staff.service import lockout
from tests.access import values_of
from tests.appointments.world import HALL, new_slot
from tests.deliveries.world import new_area
from tests.fuzz.generating import Values
from tests.support.cases import application
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.people import id_number, log_in, new_code
from tests.support.promised import document, faults

# Nobody else in these tests goes there.
FREE_HALL: Final = "hall-330211"
CALLERS: Final = ("nobody", "citizen", "clerk", "boss")
_TRIES: Final = 3
_ROLES: Final = {"clerk": {"clerk"}, "boss": {"admin", "supervisor", "auditor"}}
_EVERYTHING: Final = "{appointment_id}{case_id}{delivery_id}{payment_id}{notification_id}{code}"
_LEARNT: Final = {
    "version", "refresh_token", "refund_id", "member_id", "closure_id", "payment_id", "delivery_id",
    "upload_id", "template", "next_cursor",
}  # fmt: skip
_HEADERS: Final = {
    "accept": ["application/json", "image/png", "image/svg+xml", "application/pdf", "*/*", "", "x"],
    "accept-language": ["en", "zh-CN", "fr;q=0.5, en;q=0.1", ";;;", "*", "-"],
    "idempotency-key": ["", "x", "长" * 8, "k" * 65],
    "if-none-match": ["*", '"x"', "W/", ","],
    "content-type": ["text/plain", "application/json; charset=utf-8", "application/x-"],
    "authorization": ["Bearer", "Basic x", "Bearer a.b.c", "bearer  ", "é"],
    "origin": ["https://hall.example", "null"],
}  # fmt: skip


class Fuzz:
    """Calls the operations of the document; `found` holds the first call of each fault."""

    def __init__(self, client: ApiClient, seed: int) -> None:
        self.client, self.random = client, Random(seed)
        # A machine that is busy may answer 503 once; what is asked again is answered.
        client.tries = _TRIES
        self.asking = ApiClient()
        self.asking.expects_anything = True
        self.found: dict[str, str] = {}
        self.answered: Counter[int] = Counter()
        self.known: dict[str, Any] = {}
        self.tokens: dict[str, str | None] = {"nobody": None}
        self.values = Values(self.random, document()["components"]["schemas"], self.known)

    def begin(self) -> None:
        """Start with a new citizen, who has one of everything."""
        code = new_code()
        things = values_of(_EVERYTHING, self.client, log_in(self.client, code))
        # Only a new log-in knows that the identity is verified by now.
        self.owner = log_in(self.client, code)
        area, given = new_area(), application("id-card-renewal")
        self.known |= {
            **things,
            **{name: given[name] for name in ("form", "materials", "service_id")},
            "slot_id": new_slot(),
            "office_id": HALL,
            "division_code": area,
            "division_codes": [area],
            "id_number": id_number(),
            "phone": "13800138000",
            "version": 1,
            "refresh_token": self.owner.refresh_token,
        }
        for who in CALLERS[1:]:
            self.renew(who)

    def play(self) -> None:
        """Call every operation as everybody, in some order; what is answered is asked with."""
        calls = [
            (who, method.upper(), path, operation)
            for path, methods in document()["paths"].items()
            for method, operation in methods.items()
            for who in CALLERS
        ]
        self.random.shuffle(calls)
        for call in calls:
            self.call(*call)

    def renew(self, who: str) -> None:
        """Log in again: calls also log out, end tokens and erase accounts."""
        if who == "citizen":
            self.tokens[who] = self.owner.token
            if self.client.get("/v1/me", token=self.owner.token).status == 401:
                self.owner = log_in(self.client)
                self.tokens[who] = self.owner.token
            return
        halls = frozenset({HALL, FREE_HALL})
        staff = Staff(new_code(), frozenset(_ROLES[who]), halls)
        self.tokens[who] = dependencies.tokens().issue(staff, dependencies.clock().now())

    def call(self, who: str, method: str, path: str, operation: dict[str, Any]) -> None:
        target = self._target(method, path, operation)
        body = b""
        if "requestBody" in operation:
            body = self.values.body(operation["requestBody"]["content"]["application/json"])
        headers = {
            name: self.random.choice(odd)
            for name, odd in _HEADERS.items()
            if self.values.chance(0.06)
        }
        if method == "POST" and self.values.chance(0.5):
            headers.setdefault("idempotency-key", new_id())
        for _ in range(_TRIES):
            answer = self.asking.send(method, target, body, self.tokens[who], headers)
            if answer.status != 503:
                break
        self._judge(who, method, path, answer, f"{target[:200]} {body[:300]!r} {headers}")
        if answer.status == 401 and who != "nobody":
            self.renew(who)
        if answer.status < 300 and answer.body.startswith(b"{"):
            self._learn(answer.json())

    def _learn(self, given: Any) -> None:
        """Remember the ids and versions that an answer has, as a client would."""
        if isinstance(given, list):
            for one in given[:2]:
                self._learn(one)
        if isinstance(given, dict):
            for name, value in given.items():
                if name in _LEARNT and value is not None:
                    self.known[name] = value
                self._learn(value)

    def _judge(self, who: str, method: str, path: str, answer: Answer, asked: str) -> None:
        self.answered[answer.status] += 1
        found = faults(method, path, answer)
        if answer.status == 503 and answer.code == "try_again":
            found.append("503 again and again, and nothing that we stand on is away")
        for fault in found:
            told = f"{who} {asked} -> {answer.body[:300].decode(errors='replace')}"
            self.found.setdefault(f"{method} {path}: {fault}", told)

    def _target(self, method: str, path: str, operation: dict[str, Any]) -> str:
        query, values = {}, {}
        for one in operation["parameters"]:
            name, schema = one["name"], one["schema"]
            if one["in"] == "path":
                # An empty part would be another path.
                values[name] = quote(self._text(name, schema) or "x", safe="")
            if one["in"] == "query" and (one["required"] or self.values.chance(0.4)):
                query[name] = self._text(name, schema)
        if self.values.chance(0.03):
            query["x"] = self._text("x", {"type": "string"})
        if method != "GET" and path.startswith("/v1/admin/offices/"):
            values["office_id"] = FREE_HALL
        filled = path.format(**values)
        return f"{filled}?{urlencode(query, errors='replace')}" if query else filled

    def _text(self, name: str, schema: dict[str, Any]) -> str:
        # A path or query of a lone surrogate cannot be written in UTF-8.
        return self.values.text(name, schema).encode(errors="replace").decode()


@pytest.mark.parametrize("rounds", [1, pytest.param(25, marks=pytest.mark.slow)])
def test_an_operation_never_answers_what_it_does_not_promise(
    client: ApiClient, morning: TestClock, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asks from one seed in all runs, and from ever new ones where many rounds are played."""
    # All come from one address, whose wrong passwords would keep out those who are played later.
    monkeypatch.setattr(lockout, "_FREE_OF_SOURCE", 100 * rounds)
    seed = int(os.environ.get("FUZZ_SEED", "0" if rounds == 1 else str(Random().getrandbits(32))))
    fuzz = Fuzz(client, seed)
    for _ in range(rounds):
        fuzz.begin()
        fuzz.play()
    assert fuzz.answered.total() >= 400 * rounds
    assert fuzz.answered[200] >= 40 * rounds
    found = "\n".join(f"{fault}\n  {told}" for fault, told in fuzz.found.items())
    assert not fuzz.found, f"FUZZ_SEED={seed}\n{found}"
