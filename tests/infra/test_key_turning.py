"""Keys turn in two steps, and nobody meets a signature by a key that is new to them."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra import key_turning
from infra.key_turning import Key, TooEarlyError
from infra.local import secrets

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def kids(ring: list[Key]) -> list[str]:
    return [key["kid"] for key in ring]


def key(kid: str) -> Key:
    return {"kid": kid, "private_pem": "pem"}


@pytest.mark.parametrize(
    ("name", "waits"),
    [
        ("token_keys", timedelta(minutes=15)),
        ("pass_keys", timedelta(hours=25)),
        ("certificate_keys", timedelta(hours=25)),
    ],
)
def test_a_key_signs_only_when_all_can_know_it(name: str, waits: timedelta) -> None:
    ring = key_turning.publish([key("a"), key("z")], key("b"), NOW)
    assert kids(ring) == ["a", "b", "z"]
    with pytest.raises(TooEarlyError, match="the key b was published"):
        key_turning.publish(ring, key("c"), NOW)
    with pytest.raises(TooEarlyError, match="the key b may sign from"):
        key_turning.sign(name, ring, NOW + waits - timedelta(seconds=1))
    turned = key_turning.sign(name, ring, NOW + waits)
    assert turned == [key("b"), key("a")]
    assert kids(key_turning.publish(turned, key("c"), NOW + waits)) == ["b", "c", "a"]


def test_what_was_not_published_does_not_sign() -> None:
    with pytest.raises(TooEarlyError, match="publish a key of token_keys first"):
        key_turning.sign("token_keys", [key("a"), key("z")], NOW)


class Holder:
    """A process of the product, which reads the secrets anew only when it is told to."""

    CODE = """
import json, sys
from chalicelib.core import dependencies
from tests.infra.signed import made, read
for line in sys.stdin:
    act, *given = json.loads(line)
    if act == "late":
        dependencies._fresh.clear()
        answer = True
    else:
        answer = made() if act == "make" else read(*given)
    print(json.dumps(answer), flush=True)
"""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        environment = {**os.environ, "SECRETS_FILE": str(file), "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-c", self.CODE],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, *said: object) -> object:
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            self._process.stdin.write(f"{json.dumps(said)}\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.communicate()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secrets.json"
    secrets.ensure(path)
    return path


@pytest.fixture
def holders(file: Path) -> Iterator[tuple[Holder, Holder]]:
    pair = Holder(file), Holder(file)
    yield pair
    for one in pair:
        one.stop()


RINGS = ("token_keys", "pass_keys", "certificate_keys")


def turn(file: Path, step: str) -> None:
    known = json.loads(file.read_text())
    for name in RINGS:
        if step == "publish":
            known[name] = key_turning.publish(known[name], secrets.signing_key(), NOW)
        elif step == "sign":
            known[name] = key_turning.sign(name, known[name], NOW + timedelta(hours=25))
        else:
            known[name] = [secrets.signing_key(), *known[name]]
    file.write_text(json.dumps(known))


def understood(holders: tuple[Holder, Holder]) -> list[object]:
    """Return what each says of what the other signs: tokens, passes and presentations."""
    one, other = holders
    return [other.ask("read", one.ask("make")), one.ask("read", other.ask("make"))]


def test_while_keys_turn_nobody_is_refused_by_a_process_that_is_behind(
    file: Path, holders: tuple[Holder, Holder]
) -> None:
    good = ["token", "pass", "certificate"]
    quick, slow = holders
    assert understood(holders) == [good, good]
    for step in ("publish", "sign", "publish", "sign"):
        turn(file, step)
        quick.ask("late")
        assert understood(holders) == [good, good], step
        slow.ask("late")
        assert understood(holders) == [good, good], step
    # In one step the process that is behind refuses what the other signs.
    turn(file, "at once")
    quick.ask("late")
    assert understood(holders) == [[], good]


def test_a_crowd_that_asks_all_the_while_is_never_refused(
    file: Path, holders: tuple[Holder, Holder]
) -> None:
    good, ended = ["token", "pass", "certificate"], threading.Event()
    quick, slow = holders
    # Of before the turn; what they have is good for longer than the turn takes.
    early, heard = quick.ask("make"), list[object]()

    def ask() -> None:
        while not ended.is_set():
            heard.extend([*understood(holders), slow.ask("read", early)])

    crowd = [threading.Thread(target=ask) for _ in range(4)]
    for one in crowd:
        one.start()
    for step in ("publish", "sign"):
        turn(file, step)
        for holder in holders:
            holder.ask("late")
            before = len(heard)
            while len(heard) < before + 40:
                time.sleep(0.01)
    ended.set()
    for one in crowd:
        one.join()
    assert len(heard) >= 160
    assert all(one == good for one in heard)
