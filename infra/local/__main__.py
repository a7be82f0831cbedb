"""`python -m infra.local`: the whole system on one machine, at http://127.0.0.1:$PORT/."""

import fcntl
import json
import os
import signal
import socket
import sys
import threading
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from infra.local import secrets
from infra.local.engine import Engine
from infra.local.stand_ins import MESSAGE_TEMPLATES, addresses

if TYPE_CHECKING:
    from infra.local.run import Run

_WECHAT_APP_ID = "wx0000000000000000"
_ALIPAY_APP_ID = "2021000000000000"
_KEPT = (
    *("engine", "engine-url", "lock", "clock"),
    *("secrets.json", "trades.json", "courier.json", "messages.jsonl", "city.jsonl"),
)
_LOOK_EVERY_SECONDS = 0.5
# With a month behind it, or without.
_DATA = ("month", "bare")
_PAST_WITHIN_SECONDS = "45"


def main() -> int:
    """Start everything, say `ready`, and serve until told to stop."""
    console = Console(highlight=False)
    asked = os.environ.get("PORT", "8000")
    if not asked.isdecimal():
        console.print("PORT is a whole number.")
        return 1
    port = int(asked)
    data = Path(os.environ.get("DATA_DIR", ".onetrip")).resolve()
    if os.environ.get("DEMONSTRATION_DATA", "month") not in _DATA:
        console.print(f"DEMONSTRATION_DATA is one of {', '.join(_DATA)}.")
        return 1
    if not os.environ.get("DEMONSTRATION_SECONDS", _PAST_WITHIN_SECONDS).isdecimal():
        console.print("DEMONSTRATION_SECONDS is a whole number.")
        return 1
    _close_to_others(data)
    lock = _locked(data)
    if lock is None:
        console.print(f"Another run uses {data}. Stop it, or set DATA_DIR.")
        return 1
    if not _port_is_free(port):
        console.print(f"Port {port} is taken. Stop what listens there, or set PORT.")
        return 1
    # A stop that comes early finds the handlers in place.
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _n, _f: _note(stopped, _f))
    secrets.ensure(data / "secrets.json")
    engine = Engine(data / "engine")
    # Operators' commands find the engine by it.
    (data / "engine-url").write_text(engine.url)
    _set_environment(port, data, engine.url)
    # The product is imported while the engine starts.
    threading.Thread(target=import_module, args=["infra.local.run"], daemon=True).start()
    with engine:
        _run(console, port, data, engine, stopped)
    return 0


def _run(console: Console, port: int, data: Path, engine: Engine, stopped: threading.Event) -> None:
    # The settings are read when the product is imported.
    from infra.local import shortcut  # noqa: PLC0415
    from infra.local.run import Run  # noqa: PLC0415

    run = Run(port, data, json.loads((data / "secrets.json").read_text()))
    bars = Progress(console=console, transient=True, disable=not console.is_terminal)
    # Nobody else is let in yet.
    with bars, shortcut.opened():
        said = _made_ready(run, bars, stopped)
    if stopped.is_set():
        return
    run.start()
    print(run.welcome())
    if said:
        console.print(said)
    print("ready", flush=True)
    while not stopped.wait(_LOOK_EVERY_SECONDS):
        engine.revive()
    run.stop()


def _made_ready(run: "Run", progress: Progress, stopped: threading.Event) -> str:
    """Make what the run stands on; return what is to be said of its past."""
    run.make_tables()
    lived = progress.add_task("a month of the city's life", visible=False)
    said = run.live(
        lambda done, all_: progress.update(lived, visible=True, completed=done, total=all_),
        stopped.is_set,
        int(os.environ.get("DEMONSTRATION_SECONDS", _PAST_WITHIN_SECONDS)),
        wanted=os.environ.get("DEMONSTRATION_DATA") != "bare",
    )
    if not stopped.is_set():
        bar = progress.add_task("demonstration data")
        run.prepare(lambda done, all_: progress.update(bar, completed=done, total=all_))
    return said


def _close_to_others(data: Path) -> None:
    """Let nobody else read what the run keeps, an older run's files too."""
    os.umask(0o077)
    data.mkdir(parents=True, exist_ok=True)
    for path in (*(data / name for name in _KEPT), *(data / "engine").rglob("*")):
        if path.exists() and not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)


def _note(stopped: threading.Event, _frame: FrameType | None) -> None:
    stopped.set()


def _locked(data: Path) -> IO[str] | None:
    lock = (data / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _set_environment(port: int, data: Path, engine_url: str) -> None:
    url = f"http://127.0.0.1:{port}"
    os.environ |= {
        "STAGE": "local",
        "AWS_ENDPOINT_URL": engine_url,
        # The engine checks the signatures of presigned URLs under this one key.
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "cn-north-1",
        "SECRETS_FILE": str(data / "secrets.json"),
        "CLOCK_FILE": str(data / "clock"),
        "DEMONSTRATION": "1",
        # Nothing here is throttled, and each bucket is asked every minute.
        "INDEX_BUCKETS": "4",
        "IDENTITY_AUTHORITIES": "http wechat alipay",
        "BUSINESS_REGISTER": "http",
        "REGISTERS": "http",
        "DRAW_BEACON": "embedded",
        "MESSAGE_TEMPLATES": str(MESSAGE_TEMPLATES),
        "PUBLIC_URL": url,
        "ALLOWED_ORIGINS": f"{url},http://localhost:{port},http://localhost:5173",
        **addresses(url),
        "WECHAT_APP_ID": _WECHAT_APP_ID,
        "WECHAT_SOTER": "1",
        "ALIPAY_APP_ID": _ALIPAY_APP_ID,
        "SMS_PROVIDER": os.environ.get("SMS_PROVIDER", "alibaba"),
        "SMS_SIGN_NAME": "一趟办",
        "SMS_APP_ID": "1400006666",
        "MAIL_SENDER": "notices@onetrip.example",
        "WECHAT_PAY_MERCHANT": "1900000000",
        "WECHAT_PAY_SERIAL": "444F4864EA9B34415F0D0EDE8A83E27B00000000",
        "WECHAT_PAY_PUBLIC_KEY_ID": "PUB_KEY_ID_0119000000002026112400000000000000",
    }
    # The courier's desk, beside whatever receiver of their own a developer names.
    trusted = os.environ.get("COURIER_TRUSTED_ORIGINS", "")
    os.environ["COURIER_TRUSTED_ORIGINS"] = f"{url},{trusted}"
    # Everyone on one machine has the same address.
    os.environ.setdefault("LOGIN_ATTEMPTS_PER_MINUTE", "3000")


if __name__ == "__main__":
    sys.exit(main())
