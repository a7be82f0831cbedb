"""Clients in processes of their own, as Lambda's containers are: each remembers for itself alone.

All are forked from one process that has imported the product and asked nothing yet.
"""

import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Final

from chalicelib.core import tables
from tests.appointments.world import HALL, book
from tests.support.client import ApiClient
from tests.support.people import Citizen

_READY_WITHIN_SECONDS: Final = 120


@dataclass(frozen=True)
class Crowd:
    """What all were answered, how often they asked the database, and how long it took."""

    answers: list[str]
    calls: int
    seconds: float


def rush(people: Sequence[Citizen], clients: int, slot_id: str, service: str) -> Crowd:
    """Let people book the same slot at once; each client answers its own, one after another."""
    forks: Any = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["app", __name__])
    ends = []
    for number in range(clients):
        here, there = forks.Pipe()
        own = people[number::clients]
        forks.Process(target=_answer, args=(there, own, slot_id, service), daemon=True).start()
        there.close()
        ends.append(here)
    for end in ends:
        assert end.poll(_READY_WITHIN_SECONDS)
        end.recv()
    began = time.perf_counter()
    for end in ends:
        end.send("go")
    told = [end.recv() for end in ends]
    seconds = time.perf_counter() - began
    answers = [answer for some, _ in told for answer in some]
    return Crowd(answers, sum(calls for _, calls in told), seconds)


def _answer(end: Connection, people: Sequence[Citizen], slot_id: str, service: str) -> None:
    """Warm up as a container does, wait for the word, and answer."""
    client, calls = ApiClient(), [0]
    # What a test checks of an answer is no part of the product.
    client.expects_anything = True
    client.get(f"/v1/offices/{HALL}")

    def count(**_: object) -> None:
        calls[0] += 1

    events: Any = tables.client().meta.events
    events.register("before-send.dynamodb", count)
    end.send("ready")
    end.recv()
    answers = [str(book(client, who, slot_id, service=service).status) for who in people]
    end.send((answers, calls[0]))
