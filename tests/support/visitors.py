"""Citizens who book and cancel, and what each was answered and told."""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

SERVICE: Final = "id-card-renewal"
HALLS: Final = ("hall-330200", "hall-330203", "hall-330205", "hall-330206")
CONSENTS: Final = 5
_STATES: Final = {"预约成功": "appointment.booked", "已取消": "appointment.cancelled"}


class Unanswered(Exception):  # noqa: N818 - its name states the fact.
    """The other side was gone, or said to try again."""


@dataclass
class Write:
    """One write under its key: sent until it is answered."""

    path: str
    body: Any
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    answer: Any = None


class Visitor:
    """A citizen with one appointment: what was asked for, what was answered, and what came."""

    def __init__(self, http: httpx.Client, code: str) -> None:
        """Log in; raises Unanswered."""
        self._http = http
        self._code = code
        self._token = ""
        self.writes: list[Write] = []
        self.log_in()

    def log_in(self) -> None:
        """Log in, again when the token may have expired; raises Unanswered."""
        body = {"platform": "demo", "code": self._code}
        self._token = self._sent("POST", "/v1/login", body, {})["access_token"]

    @property
    def appointment_id(self) -> str:
        """Return the appointment's id once the booking was answered."""
        booked = [w for w in self.writes if w.path == "/v1/appointments" and w.answer]
        return str(booked[0].answer["appointment_id"]) if booked else ""

    @property
    def is_cancelled(self) -> bool:
        """Tell whether cancelling was answered."""
        return any(write.answer for write in self.writes[2:])

    @property
    def events(self) -> Counter[tuple[str, str]]:
        """Return the subjects and types of what should be in the inbox, once each."""
        if not self.appointment_id:
            return Counter()
        told = ["booked", *(["cancelled"] if self.is_cancelled else [])]
        return Counter((self.appointment_id, f"appointment.{one}") for one in told)

    @property
    def answered(self) -> int:
        """Return how many writes were answered."""
        return sum(write.answer is not None for write in self.writes)

    def consent(self) -> None:
        """Consent to some messages; raises Unanswered."""
        consent = {"template": "appointment", "count": CONSENTS}
        self._write(Write("/v1/me/subscriptions", consent))

    def book(self, slot_id: str, office_id: str) -> bool:
        """Book; False when the slot was full. Raises Unanswered."""
        wanted = {"service_id": SERVICE, "office_id": office_id, "slot_id": slot_id}
        return self._write(Write("/v1/appointments", wanted))

    def cancel(self) -> None:
        """Cancel; raises Unanswered."""
        self._write(Write(f"/v1/appointments/{self.appointment_id}/cancel", {}))

    def go_on(self) -> int:
        """Send again, with the same key, what was not answered; return how many that were."""
        left = [write for write in self.writes if write.answer is None]
        for write in left:
            self._answer(write)
        return len(left)

    def look(self, path: str) -> Any:
        """Read; raises Unanswered."""
        return self._sent("GET", path, None, {})

    def notices(self) -> Counter[tuple[str, str]]:
        """Return what is in the inbox, by subject and event."""
        items = self.look("/v1/notifications?limit=100")["items"]
        return Counter((one["subject_id"], one["event"]) for one in items)

    def outside(self) -> dict[str, str]:
        """Return what became of each notice's message, by event."""
        kept = self.look("/v1/me/export")["notifications"]["inbox"]
        return {one["event"]: one["outside"] for one in kept}

    def consents(self) -> int:
        """Return how many consents are left."""
        items = self.look("/v1/me/subscriptions")["items"]
        return next(int(one["remaining"]) for one in items if one["template"] == "appointment")

    def messages(self) -> dict[str, list[str]]:
        """Return when the platform was asked to show each event, earliest first."""
        path = f"/stand-ins/messages?to={self._code}"
        shown = self._sent("GET", path, None, {"Accept": "application/json"})["items"]
        found: dict[str, list[str]] = {}
        for one in reversed(shown):
            found.setdefault(_STATES[one["data"]["phrase4"]], []).append(one["at"])
        return found

    def _write(self, write: Write) -> bool:
        self.writes.append(write)
        self._answer(write)
        return bool(write.answer)

    def _answer(self, write: Write) -> None:
        write.answer = self._sent("POST", write.path, write.body, {"Idempotency-Key": write.key})

    def _sent(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        if self._token:
            headers = headers | {"Authorization": f"Bearer {self._token}"}
        try:
            answer = self._http.request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            raise Unanswered from error
        if answer.status_code >= 500:
            raise Unanswered
        if answer.status_code == 409:
            return {}
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()
