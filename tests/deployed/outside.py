"""What the deployed stage asks: WeChat and the city's identity authority, on this machine."""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx

from infra import stages
from infra.local.engine import free_port
from infra.local.stand_ins import IDENTITY_MAPPING

_PORT = free_port()
URL = f"http://127.0.0.1:{_PORT}/stand-ins"
SECRETS = {"wechat_secret": "wechat's", "identity_key": "the authority's"}
_APP_ID = "wx-deployed"


def write_stages(names: Sequence[str], folder: Path) -> None:
    """Write stages for real people, like production but for where the outside world is."""
    entry: dict[str, Any] = json.loads(stages.STAGES_FILE.read_text())["production"]
    # The engine has no CodeDeploy.
    entry["canary"] = None
    # Each run of a function is a process of this machine.
    entry["queue_concurrency"] = 2
    entry["settings"] = {
        **entry["settings"],
        "IDENTITY_AUTHORITIES": "http",
        "IDENTITY_URL": f"{URL}/identity/confirm",
        "IDENTITY_MAPPING": "stage/identity.json",
        "WECHAT_HOST": f"{URL}/wechat",
        "WECHAT_APP_ID": _APP_ID,
    }
    (folder / "stages.json").write_text(json.dumps(dict.fromkeys(names, entry)))
    for name in names:
        own = folder / "stage_files" / name
        own.mkdir(parents=True)
        (own / "identity.json").write_text(IDENTITY_MAPPING.read_text())


@cache
def start() -> None:
    """Serve the stand-ins, once a process."""
    from app import app
    from infra.local.server import Server, Site
    from infra.local.stand_ins.identity import IdentityMode, IdentityStandIn
    from infra.local.stand_ins.wechat import WechatStandIn

    def now() -> datetime:
        return datetime.now(UTC)

    mode = IdentityMode()
    authority = IdentityStandIn(f"{URL}/identity/confirm", SECRETS["identity_key"], now, mode)
    wechat = WechatStandIn(_APP_ID, SECRETS["wechat_secret"], now, mode=mode)
    site = Site(app, [authority, wechat])
    threading.Thread(target=partial(Server(_PORT).serve, site), daemon=True).start()


def wechat_code(openid: str) -> str:
    """Return what a phone gets from WeChat to log in with."""
    answer = httpx.post(f"{URL}/wechat/codes", json={"openid": openid}, trust_env=False)
    return str(answer.json()["code"])


def set_identity(mode: str) -> None:
    """Say how the authority is."""
    httpx.put(f"{URL}/identity", json={"mode": mode}, trust_env=False).raise_for_status()
