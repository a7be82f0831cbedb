"""How each act is done: asked of the API as its person, or of a stand-in as the outside world."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Final
from urllib.parse import urlencode

import urllib3

from chalicelib.payments.domain.payments import ASK_AFTER
from infra.local import demonstration
from infra.local.city.api import Api, Refused
from infra.local.city.paper import picture
from infra.local.city.people import Resident
from infra.local.city.stories import Act, Verb, filled_in
from infra.local.gate import Site

_PAPER: Final = picture()
_NUMBERS: Final = frozenset({"cn-id-number", "id-document"})
_PAID_WITHIN_SECONDS: Final = 5.0
# Where nobody tells the product any more, it asks by itself.
_ASKED_WITHIN_SECONDS: Final = ASK_AFTER.total_seconds() + _PAID_WITHIN_SECONDS
_DECIDED: Final = 409
_LOOK_EVERY_SECONDS: Final = 0.02
_POOL: Final = urllib3.PoolManager()
# What later acts need of an answer.
Told = dict[str, str]


class Actors:
    """Does the acts of residents and staff; `stranger` is whom forms name beside them."""

    def __init__(
        self,
        site: Site,
        residents: Mapping[str, Resident],
        stranger: Resident,
        settle: Callable[[], None],
    ) -> None:
        """Begin with nobody logged in; `settle` lets what happened have its effects."""
        self._site = site
        self._settle = settle
        self._api = Api(site)
        self._residents = residents
        self._stranger = stranger
        self._guide = lru_cache(64)(self._asked_guide)
        self._verbs: Mapping[Verb, Callable[[Act, Mapping[str, Any], str], Told | None]] = {
            "log_in": self._log_in,
            "book": self._book,
            "lodge": self._lodge,
            "take_in": self._take_in,
            "pay": self._pay,
            "send": self._send,
            "look": self._look,
            "stand_in": self._stand_in,
        }

    def do(self, act: Act, told: Mapping[str, str], key: str) -> Told | None:
        """Do an act; return what of its answer later acts need. Raises Refused.

        None says that it was refused as it may be, and nothing follows.

        With the same key it is the same act, which is done once.
        """
        if act.who and act.verb != "log_in" and not self._api.knows(act.who):
            self._be_known(act.who)
        return self._verbs[act.verb](act, filled_in(act.facts, told), key)

    def _be_known(self, who: str) -> Any:
        if who in self._residents:
            return self._api.log_in(who, "/v1/login", {"platform": "demo", "code": who})
        body = {"username": who, "password": demonstration.PASSWORD}
        return self._api.log_in(who, "/v1/staff/login", body)

    def _log_in(self, act: Act, facts: Mapping[str, Any], _key: str) -> Told:
        """Log in, and say who one is the first time; the `real_name` counts from the next on."""
        level = self._be_known(act.who)["citizen"]["verification_level"]
        if level == "basic":
            one = self._residents[act.who]
            body = {"name": one.name, "id_number": one.id_number}
            self._api.ask(act.who, "PUT", "/v1/me/identity", body)
            if facts["real_name"]:
                self._be_known(act.who)
        return {}

    def _book(self, act: Act, facts: Mapping[str, Any], key: str) -> Told:
        """Book the slot of a time, or the first that is free that day."""
        start = datetime.fromisoformat(facts["start"])
        asked = {"service_id": facts["service_id"], "from": f"{start:%Y-%m-%d}", "days": "1"}
        path = f"/v1/offices/{facts['office_id']}/availability?{urlencode(asked)}"
        slots = self._api.ask(act.who, "GET", path)["days"][0]["slots"]
        free = [one for one in slots if one["state"] == "open"]
        slot = next((one for one in free if datetime.fromisoformat(one["start"]) >= start), None)
        if slot is None:
            raise Refused(path, 409, "no_slot_is_open")
        body = {name: facts[name] for name in ("service_id", "office_id")}
        body["slot_id"] = slot["slot_id"]
        booked = self._api.ask(act.who, "POST", "/v1/appointments", body, key=key)
        return {"appointment_id": booked["appointment_id"]}

    def _lodge(self, act: Act, facts: Mapping[str, Any], key: str) -> Told:
        """Lodge a case: the form by its examples, a file for each paper that is asked for."""
        person = self._residents[act.who]
        body = self._application(act, facts, person, partial(self._upload, act.who, key=key))
        if facts.get("address"):
            body["delivery"] = person.address
        lodged = self._api.ask(act.who, "POST", "/v1/cases", body, key=key)
        return {"case_id": lodged["case_id"]}

    def _take_in(self, act: Act, facts: Mapping[str, Any], key: str) -> Told:
        """Enter a case for somebody at the counter, who has neither telephone nor log-in."""
        person, hall = self._residents[facts["person"]], facts["office_id"]
        scan = partial(self._upload, act.who, key=key, office_id=hall)
        body = self._application(act, facts, person, scan)
        body["person"] = {"name": person.name, "id_number": person.id_number}
        lodged = self._api.ask(act.who, "POST", "/v1/admin/cases", body, key=key)
        return {"case_id": lodged["case_id"]}

    def _application(
        self,
        act: Act,
        facts: Mapping[str, Any],
        person: Resident,
        upload: Callable[[Mapping[str, Any]], str],
    ) -> dict[str, Any]:
        guide = self._guide(facts["service_id"], act.at.date().isoformat())
        return {
            "service_id": facts["service_id"],
            "office_id": facts["office_id"],
            "form": self._form(guide["form_schema"], person),
            "materials": [
                {"material_id": one["material_id"], "upload_id": upload(one)}
                for one in guide["materials"]
                if one["required"]
            ],
        }

    def _asked_guide(self, service_id: str, _day: str) -> Any:
        return self._api.ask("", "GET", f"/v1/services/{service_id}")

    def _form(self, schema: Mapping[str, Any], person: Resident) -> dict[str, Any]:
        form = {}
        for name in schema["required"]:
            field = schema["properties"][name]
            form[name] = field["examples"][0]
            if field.get("format") == "phone":
                own = name == "contact_phone"
                form[name] = person.phone if own else self._stranger.phone
            if field.get("format") in _NUMBERS:
                form[name] = self._stranger.id_number
        return form

    def _upload(self, who: str, material: Mapping[str, Any], key: str, office_id: str = "") -> str:
        """Give a paper: one's own, or scanned at the counter of a hall."""
        path = "/v1/admin/uploads" if office_id else "/v1/uploads"
        body = {
            "file_name": f"{material['name']}.png",
            "content_type": "image/png",
            "size": len(_PAPER),
            "sha256": hashlib.sha256(_PAPER).hexdigest(),
        }
        name = f"{key}-{material['material_id']}"[:64]
        body |= {"office_id": office_id} if office_id else {}
        place = self._api.ask(who, "POST", path, body, key=name)
        put = _POOL.request("PUT", place["url"], body=_PAPER, headers=place["headers"])
        if put.status != 200:  # noqa: PLR2004 - OK.
            raise Refused(path, put.status, "not_taken")
        return str(place["upload_id"])

    def _pay(self, act: Act, facts: Mapping[str, Any], key: str) -> Told:
        """Pay in a wallet, or refuse in it, and wait until the product has heard of it."""
        body = {**facts["subject"], "method": facts["method"], "client": "web"}
        payment = self._api.ask(act.who, "POST", "/v1/payments", body, key=key)
        path = f"/v1/payments/{payment['payment_id']}"
        until = time.monotonic()
        if not payment["finished"]:
            until += self._in_wallet(payment["action"], facts["outcome"])
        while not payment["finished"] and time.monotonic() < until:
            # The provider tells in its own time, and what it tells is an event.
            time.sleep(_LOOK_EVERY_SECONDS)
            self._settle()
            payment = self._api.ask(act.who, "GET", path)
        return {"payment_id": payment["payment_id"]}

    def _in_wallet(self, action: Mapping[str, Any] | None, outcome: str) -> float:
        """Do what a person does in a wallet; return for how long the product may not know.

        What was done there before a kill stays done: the wallet refuses it, or the provider has
        nothing more for a person to do. What it told the product may be lost.
        """
        if action is None or action["kind"] == "none":
            return _ASKED_WITHIN_SECONDS
        try:
            self._said("wallet", {"action": action, "outcome": outcome})
        except Refused as refused:
            if refused.status != _DECIDED:
                raise
            return _ASKED_WITHIN_SECONDS
        return _PAID_WITHIN_SECONDS

    def _send(self, act: Act, facts: Mapping[str, Any], key: str) -> Told | None:
        try:
            answer = self._api.ask(act.who, "POST", facts["path"], facts["body"], key=key)
        except Refused as refused:
            if refused.code != facts["refused"]:
                raise
            return None
        return {name: str(answer[name]) for name in facts["keep"]}

    def _look(self, act: Act, facts: Mapping[str, Any], _key: str) -> Told:
        answer = self._api.ask(act.who, "GET", facts["path"])
        return {name: str(answer[name]) for name in facts.get("keep", ())}

    def _stand_in(self, _act: Act, facts: Mapping[str, Any], _key: str) -> Told:
        self._said(facts["path"], facts["body"])
        return {}

    def _said(self, path: str, body: Mapping[str, Any]) -> None:
        headers = {"host": "127.0.0.1", "accept": "application/json"}
        data = json.dumps(body, ensure_ascii=False).encode()
        answer = self._site.answer("POST", f"/stand-ins/{path}", headers, data)
        if answer.status >= 300:  # noqa: PLR2004 - the end of success.
            raise Refused(path, answer.status, answer.body.decode(errors="replace")[:200])
