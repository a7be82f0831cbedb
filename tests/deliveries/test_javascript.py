"""A second receiver, in JavaScript, written from docs/couriers.md alone.

Node and the npm package `standardwebhooks` are not of this project: `make test-javascript` brings
the package, and without it the test does not run.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.core.settings import SETTINGS
from infra.local.engine import Engine
from tests.deliveries.world import Hired, hire, parcel, send, stored
from tests.support.client import ApiClient
from tests.support.people import Citizen
from tests.webhooks.receiver import Receiver

HERE = Path(__file__).parent / "javascript"
pytestmark = pytest.mark.skipif(
    not (HERE / "node_modules" / "standardwebhooks").exists() or not shutil.which("node"),
    reason="make test-javascript brings the npm package",
)


class _Api(BaseHTTPRequestHandler):
    """The API on a port, for those who are not in this process."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = ApiClient().send("POST", self.path, body, headers=headers)
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def api(engine: Engine) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_receiver_from_the_docs_alone_works(
    client: ApiClient, me: Citizen, admin: str, api: str
) -> None:
    [origin] = SETTINGS.courier_trusted_origins
    nowhere = Receiver.__new__(Receiver)
    nowhere.origin, nowhere.inboxes = origin, {}
    hired = hire(client, nowhere, admin)
    delivery = parcel(client, me, hired)
    with _node(origin, hired, api) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline()) == {"ready": True}
        assert send(hired).good == 1
        said = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.kill()
    assert said == [{"type": "delivery.requested"}, {"status": 200, "result": "applied"}]
    assert stored(delivery.delivery_id).status == "accepted"


def _node(origin: str, hired: Hired, api: str) -> "subprocess.Popen[str]":
    port = str(urlsplit(origin).port)
    reports_to = f"{api}/v1/webhooks/couriers/{hired.courier_id}"
    command = ["node", "receiver.mjs", port, hired.secret, reports_to]
    return subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True)
