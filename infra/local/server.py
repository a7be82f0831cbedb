"""The server of one machine: the API as API Gateway would call it, pages, stand-ins."""

import base64
import secrets
from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import ForbiddenError, LocalChalice, LocalGateway

from chalicelib.core import responses
from chalicelib.core.errors import BodyTooLarge, MethodNotAllowed, NotFound, Problem
from infra.local import security
from infra.local.files import compressed, file_answer
from infra.local.gate import Site as Answering
from infra.local.stand_ins.base import Answer, Asked, Cut, StandIn, page, refusal

# A short way for who types the code that stands on a certificate.
_VERIFY: Final = "/verify/"
_LARGEST_READ: Final = 2 * 1024 * 1024
_LONGEST_LINE: Final = 1024
_METHODS: Final = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
_HOME: Final = """<p>政务服务一次办:本机运行的完整系统。<br>
Government services in one trip: the whole system on this machine.</p>
<ul><li><a href="/docs">接口文档 / API reference</a></li>
<li><a href="/stand-ins/">本机替身 / stand-ins</a></li><li><a href="/v1/services">/v1/services</a>
</li></ul>"""


class Site:
    """Answers every path of the run."""

    def __init__(self, app: Chalice, stand_ins: Sequence[StandIn]) -> None:
        """Serve the app under /v1 and the stand-ins under /stand-ins."""
        # Requests are many at a time, and Chalice keeps the current one on the app.
        app.__class__ = LocalChalice
        self._gateway = LocalGateway(app, Config())
        self._stand_ins = {stand_in.name: stand_in for stand_in in stand_ins}

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request; `headers` have names in lower case."""
        path = urlsplit(target).path
        if path.startswith("/v1/"):
            return self._api(method, target, headers, body)
        if path == "/stand-ins" or path.startswith("/stand-ins/"):
            return self._stand_in(method, target, headers, body)
        if path.startswith(_VERIFY):
            # Pages know their ways behind the hash alone.
            code = path.removeprefix(_VERIFY).partition("/")[0]
            to = {"Location": f"/#/certificates/verify?code={code}"}
            return Answer(302, b"", "text/plain", to)
        found = file_answer(unquote(path), headers)
        if found is None and path == "/":
            return page("OneTrip 一次办", _HOME)
        return found or problem_answer(NotFound(), headers)

    def _api(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        asked = "GET" if method == "HEAD" else method
        try:
            given: Any = self._gateway.handle_request(asked, target, dict(headers), body)
        except ForbiddenError:
            return problem_answer(NotFound(), headers)
        data = given["body"] or b""
        data = data.encode() if isinstance(data, str) else data
        if given.get("isBase64Encoded"):
            data = base64.b64decode(data)
        found = {str(k): str(v) for k, v in given["headers"].items()}
        found |= {k: ", ".join(v) for k, v in given.get("multiValueHeaders", {}).items()}
        content_type = next((v for k, v in found.items() if k.lower() == "content-type"), "")
        rest = {k: v for k, v in found.items() if k.lower() != "content-type"}
        return compressed(Answer(given["statusCode"], data, content_type, rest), headers)

    def _stand_in(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        split = urlsplit(target)
        name, _, rest = split.path.removeprefix("/stand-ins").strip("/").partition("/")
        if not name:
            links = "".join(f'<li><a href="/stand-ins/{n}">{n}</a></li>' for n in self._stand_ins)
            return page("本机替身 Stand-ins", f"<ul>{links}</ul>")
        if name not in self._stand_ins:
            return problem_answer(NotFound(), headers)
        query = dict(reversed(parse_qsl(split.query, keep_blank_values=True)))
        return self._stand_ins[name].answer(Asked(method, rest, query, headers, body))


def problem_answer(problem: Problem, headers: Mapping[str, str]) -> Answer:
    """Answer a refusal in the contract's shape."""
    made = responses.of_problem(problem, headers, secrets.token_hex(11))
    body = made.body.encode() if isinstance(made.body, str) else made.body
    rest = {k: v for k, v in made.headers.items() if k != "Content-Type"}
    return Answer(made.status, body, made.headers["Content-Type"], rest)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without these each answer on a kept connection waits 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 75
    server_version = "OneTrip"
    sys_version = ""

    def __init__(self, site: Answering, *args: Any) -> None:
        self._site = site
        super().__init__(*args)

    def _serve(self) -> None:
        headers = _lowered(self.headers)
        try:
            security.check_framing(self.headers)
            security.check_host(self.headers)
            body = self._body(headers)
            answer = self._site.answer(self.command, self.path, headers, body)
        except BodyTooLarge as problem:
            self.close_connection = True
            answer = problem_answer(problem, headers)
        except security.RequestError as error:
            self.send_error(error.status, str(error))
            return
        except ValueError:
            self.send_error(400, "the length of the body cannot be told")
            return
        except Cut:
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - the names of http.server.

    def _body(self, headers: Mapping[str, str]) -> bytes:
        """Read the body, whole or in chunks (RFC 9112, 7.1); raises BodyTooLarge or ValueError."""
        if "transfer-encoding" in headers:
            return b"".join(self._chunks())
        return self._read(_length(headers.get("content-length", "0"), 10))

    def _chunks(self) -> Iterator[bytes]:
        taken = 0
        while size := _length(self._line().partition(";")[0].strip(), 16):
            taken += size
            if taken > _LARGEST_READ:
                raise BodyTooLarge
            yield self._read(size)
            if self._line().strip():
                raise ValueError(size)
        while self._line().strip():
            # Trailers say nothing that we ask for.
            pass

    def _read(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise ValueError(size)
        return data

    def _line(self) -> str:
        line = self.rfile.readline(_LONGEST_LINE).decode("ascii", "replace")
        if not line:
            raise ValueError
        return line

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what `http.server` refuses by itself, in the contract's shape."""
        self.close_connection = True
        if code == HTTPStatus.NOT_IMPLEMENTED:
            refused = problem_answer(MethodNotAllowed(allow=_METHODS), {})
        else:
            refused = refusal(code, message or explain or HTTPStatus(code).phrase)
        self._send(refused)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        guarding = security.headers_of(getattr(self, "path", ""), answer.content_type)
        for name, value in (guarding | security.without_length(answer.headers)).items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """Write nothing: the app logs its own requests, without personal data."""


class Server(ThreadingHTTPServer):
    """Many requests at a time, on 127.0.0.1."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, port: int) -> None:
        """Take the port at once; `serve` begins to answer. Raises OSError when it is taken."""
        super().__init__(("127.0.0.1", port), _Handler)

    def serve(self, site: Answering) -> None:
        """Answer until shut down."""
        self.RequestHandlerClass = partial(_Handler, site)
        self.serve_forever()


def _length(given: str, base: int) -> int:
    if not given.isascii() or not given.isalnum():
        raise ValueError(given)
    length = int(given, base)
    if length > _LARGEST_READ:
        raise BodyTooLarge
    return length


def _lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
