"""Citizens who come all at once: they book and cancel, and send for couriers."""

import random
import threading
import time
from collections import deque
from typing import Final

import httpx

from tests.support.senders import Sender
from tests.support.visitors import HALLS, SERVICE, Unanswered, Visitor

# Days from today on whose appointments nobody is reminded of yet.
_BEYOND_REMINDERS: Final = 3
_VISITORS_AT_ONCE: Final = 4
_SENDERS_AT_ONCE: Final = 3


class Crowd:
    """Citizens who come until the other side is gone."""

    def __init__(self, url: str, name: str) -> None:
        """Name the crowd; its citizens are its own."""
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self.name = name
        self._chance = random.Random(name)
        self.visitors: list[Visitor] = []
        self.senders: list[Sender] = []

    def come(self, seconds: float) -> list[threading.Thread]:
        """Let them come, and return after so many seconds, while they still do."""
        slots = self.slots()
        threads = [
            threading.Thread(target=self._come, args=(str(number), slots))
            for number in range(_VISITORS_AT_ONCE)
        ]
        threads += [
            threading.Thread(target=self._send, args=(str(number),))
            for number in range(_SENDERS_AT_ONCE)
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        return threads

    def _come(self, name: str, slots: list[tuple[str, str]]) -> None:
        booked: deque[Visitor] = deque()
        try:
            for number in range(10_000):
                visitor = Visitor(self.http, f"{self.name}-{name}-{number}")
                self.visitors.append(visitor)
                visitor.consent()
                if visitor.book(*self._chance.choice(slots)):
                    booked.append(visitor)
                # Most have been told of the booking by then, and one of two stays.
                if len(booked) > 8:
                    booked.popleft()
                    booked.popleft().cancel()
        except Unanswered:
            return

    def _send(self, name: str) -> None:
        try:
            for number in range(10_000):
                sender = Sender(self.http, f"{self.name}-sender-{name}-{number}")
                self.senders.append(sender)
                sender.send(self._chance.choice(HALLS))
        except Unanswered:
            return

    def slots(self) -> list[tuple[str, str]]:
        """Return free slots with their halls."""
        found = []
        for hall in HALLS:
            path = f"/v1/offices/{hall}/availability?service_id={SERVICE}&days=14"
            days = self.http.get(path).raise_for_status().json()["days"]
            found += [
                (one["slot_id"], hall)
                for day in days[_BEYOND_REMINDERS:]
                for one in day["slots"]
                if one["state"] == "open"
            ]
        return found

    def close(self) -> None:
        """Let the connections go."""
        self.http.close()
