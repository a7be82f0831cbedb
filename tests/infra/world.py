"""What takes the signed messages of the stand-ins' desks."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks import Webhook

from chalicelib.webhooks.service import signing

SECRET = signing.new_secret()


class Api:
    """What takes a desk's messages; it keeps those that were signed well."""

    def __init__(self) -> None:
        api, self.got, self.status = self, [], 200  # type: ignore[var-annotated]

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                api.got.append(Webhook(SECRET).verify(body, dict(self.headers)))
                answer = b'{"result": "applied"}'
                self.send_response(api.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
