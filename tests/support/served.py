"""The registers' stand-in as real registers are met: over HTTP."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.local.stand_ins.base import Asked, Cut
from infra.local.stand_ins.registers import Keys, RegistersStandIn


class ServedRegisters:
    """The stand-in, served on 127.0.0.1; `instead` is answered in place of what it says."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    asked = Asked("POST", self.path.removeprefix("/"), {}, headers, body)
                    answer = served.stand_in.answer(asked)
                except Cut:
                    self.close_connection = True
                    return
                content = served.instead or answer.body
                self.send_response(answer.status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.instead = b""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        file, now = folder / "registers.json", lambda: datetime.now(UTC)
        self.stand_in = RegistersStandIn(self.url, keys, now, file, slow_seconds=0.5)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ask(self, method: str, path: str, body: object = None, accept: str = "") -> Any:
        asked = Asked(method, path, {}, {"accept": accept}, json.dumps(body).encode())
        answer = self.stand_in.answer(asked)
        is_json = "json" in answer.content_type
        return answer.status, json.loads(answer.body) if is_json else answer.body.decode()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
