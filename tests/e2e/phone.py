"""Someone with a phone or at a desk, who knows the HTTP contract and nothing else."""

import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


class Phone:
    """Calls as one person; every write carries an Idempotency-Key of its own."""

    def __init__(self, url: str, code: str = "", *, staff: str = "") -> None:
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self.citizen_id = ""
        self._login = (
            ("/v1/staff/login", {"username": staff, "password": "onetrip-demo"})
            if staff
            else ("/v1/login", {"platform": "demo", "code": code})
        )
        self.log_in()

    def log_in(self) -> None:
        """Log in anew, as after the clock was moved past the token's end."""
        path, body = self._login
        self._take(self._http.post(path, json=body))

    def _take(self, answer: httpx.Response) -> None:
        given = answer.raise_for_status().json()
        self._http.headers["Authorization"] = f"Bearer {given['access_token']}"
        self.citizen_id = given.get("citizen", {}).get("citizen_id", "")

    def log_in_unless_frozen(self) -> None:
        """Log in anew, unless another log-in was confirmed as the person's since."""
        path, body = self._login
        answer = self._http.post(path, json=body)
        if answer.status_code != 403 or answer.json()["code"] != "account_frozen":
            self._take(answer)

    def close(self) -> None:
        """Put the phone away."""
        self._http.close()

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "POST":
            named.setdefault("Idempotency-Key", uuid.uuid4().hex)
        return self._http.request(method, path, json=body, headers=named)

    def get(self, path: str, **headers: str) -> Any:
        answer = self.send("GET", path, **headers)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, body: Any = None, status: int | None = None) -> Any:
        answer = self.send("POST", path, {} if body is None else body)
        good = (200, 201) if status is None else (status,)
        assert answer.status_code in good, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def put(self, path: str, body: Any) -> Any:
        answer = self.send("PUT", path, body)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


def eventually(look: Callable[[], T | None], what: str, seconds: float = 20) -> T:
    """Wait for something that events bring about."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"never came: {what}")
