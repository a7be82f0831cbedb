"""Where messages may go: what leads inward is refused, and what was checked is what is called."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS, SettingsError, read
from chalicelib.webhooks.domain.egress_denied import EgressDenied
from chalicelib.webhooks.providers import egress
from chalicelib.webhooks.providers.egress import Destination, NoResponse, retry_after
from tests.deliveries.world import Hired, hire, new_area, send
from tests.support.client import ApiClient
from tests.webhooks.receiver import Receiver

INWARD = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1",
    "127.255.255.254", "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
    "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "100:0:0:1::1", "4000::1", "fec0::1", "ff02::1", "ff0e::1", "not an address", "",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "114.114.114.114", "223.5.5.5", "2400:3200::1", "2606:4700::1111"]
SPELLINGS = [
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "https://",
    "https:///path",
    "//example.com/",
    "example.com",
    "",
    "https://localhost/",
    "https://metadata/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://0x7f.0.0.1/",
    "https://0x7f000001/",
    "https://017700000001/",
    "https://127.0.0.1.nip.io./",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://user@example.com/",
    "https://user:word@example.com/",
    "https://example.com@127.0.0.1/",
    "https://example.com/#fragment",
    "https://example.com:99999/",
    "https://example.com:port/",
    "https://exa mple.com/",
    "https://example.com/\r\nX: y",
    "https://example.com\\@127.0.0.1/",
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://ⓛocalhost/",
    f"https://{'a' * 64}.com/",
    f"https://example.com/{'a' * 500}",
]


def nothing_is_resolved(_host: str, _port: int) -> list[str]:
    raise AssertionError


@pytest.mark.parametrize("address", INWARD)
def test_a_name_that_leads_inward_is_refused(address: str) -> None:
    assert not egress.is_public(address)
    with pytest.raises(EgressDenied):
        egress.check("https://courier.example.com/hook", lambda _h, _p: [address])
    # One address inward among good ones is one too many.
    with pytest.raises(EgressDenied):
        egress.check("https://courier.example.com/hook", lambda _h, _p: ["1.1.1.1", address])


@pytest.mark.parametrize("url", SPELLINGS)
def test_a_spelling_that_leads_inward_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(EgressDenied):
        egress.check(url, nothing_is_resolved)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_kept(address: str) -> None:
    found = egress.check("https://Courier.Example.com:8443/a?b=c", lambda _h, _p: [address])
    assert found == Destination("https", "courier.example.com", 8443, "/a?b=c", (address,))
    assert found.host_header == "courier.example.com:8443"


def test_addresses_of_the_older_kind_come_first() -> None:
    both = ["2606:4700::1111", "1.1.1.1"]
    found = egress.check("https://a.example.com", lambda _h, _p: both)
    assert found.addresses == ("1.1.1.1", "2606:4700::1111")


def test_a_name_that_does_not_resolve() -> None:
    with pytest.raises(EgressDenied):
        egress.resolve("does-not-exist.invalid", 443)


def test_only_exact_origins_are_trusted() -> None:
    [origin] = SETTINGS.courier_trusted_origins
    assert egress.check(f"{origin}/x").addresses == ("127.0.0.1",)
    port = int(origin.rpartition(":")[2])
    for near in (
        f"http://127.0.0.1:{port + 1}/",
        f"http://127.0.0.1:{port}@example.com/",
        f"http://127.0.0.1:{port}.example.com/",
        f"https://127.0.0.1:{port}/",
        f"http://localhost:{port}/",
    ):
        with pytest.raises(EgressDenied):
            egress.check(near, nothing_is_resolved)


def test_a_production_stage_trusts_no_origin() -> None:
    with pytest.raises(SettingsError):
        read({"STAGE": "production", "COURIER_TRUSTED_ORIGINS": "http://127.0.0.1:1"})


@contextmanager
def raw_server(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Answer one connection by these bytes."""
    server, asked = socket.create_server(("127.0.0.1", 0)), []

    def serve() -> None:
        connection, _ = server.accept()
        asked.append(connection.recv(65536))
        connection.sendall(answer)
        connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1], asked
    thread.join(5)
    server.close()


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    # Were the name resolved again, it would lead nowhere: the name does not exist.
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as (port, asked):
        there = Destination("http", "rebinding.invalid", port, "/hook", ("127.0.0.1",))
        assert egress.post(there, b"{}", {"webhook-id": "m"}).good
    assert asked[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert f"Host: rebinding.invalid:{port}\r\n".encode() in asked[0]


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with raw_server(answer) as (port, _):
        there = Destination("http", "x.invalid", port, "/", ("127.0.0.1",))
        found = egress.post(there, b"{}", {})
    assert (found.status, found.good) == (302, False)


@pytest.mark.parametrize("interim", [(100,), (102,), (103,), (103, 102, 100)])
def test_what_only_announces_an_answer_is_none(interim: tuple[int, ...]) -> None:
    before = b"".join(b"HTTP/1.1 %d Wait\r\nLink: </x>\r\n\r\n" % status for status in interim)
    for status in (200, 503):
        final = b"HTTP/1.1 %d Final\r\nContent-Length: 2\r\n\r\nok" % status
        with raw_server(before + final) as (port, _):
            found = egress.post(Destination("http", "x", port, "/", ("127.0.0.1",)), b"{}", {})
        assert (found.status, found.body) == (status, b"ok")


def test_the_next_address_is_tried_when_the_first_is_down() -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (port, asked):
        there = Destination("http", "x.invalid", port, "/", ("127.0.0.2", "127.0.0.1"))
        assert egress.post(there, b"{}", {}).good
    assert len(asked) == 1
    down = Destination("http", "x.invalid", port, "/", ("127.0.0.2", "127.0.0.3"))
    with pytest.raises(NoResponse):
        egress.post(down, b"{}", {})


NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


@given(st.datetimes())
def test_retry_after_is_a_number_or_a_date_in_any_of_three_forms(at: datetime) -> None:
    at = at.replace(microsecond=0)
    expected = min(max(at.replace(tzinfo=UTC) - NOON, timedelta()), timedelta(hours=24))
    day = f"{at:%a}, {at.day:02} {at:%b} {at.year:04} {at:%H:%M:%S} GMT"
    asctime = f"{at:%a %b} {at.day:2} {at:%H:%M:%S} {at.year:04}"
    if at.year >= 1000:
        assert retry_after(day, NOON) == retry_after(asctime, NOON) == expected
    if 1969 <= at.year < 2068:
        rfc850 = f"{at:%A, %d-%b-%y %H:%M:%S} GMT"
        assert retry_after(rfc850, NOON) == expected


@given(st.text(max_size=40) | st.integers(0).map(str))
def test_no_retry_after_breaks_sending(given_: str) -> None:
    found = retry_after(given_, NOON)
    assert found is None or timedelta() <= found <= timedelta(hours=24)
    if given_.isascii() and given_.isdigit():
        assert found == timedelta(seconds=min(int(given_), 86_400))


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTT", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf"],
)
def test_half_an_answer_is_none(answer: bytes) -> None:
    with raw_server(answer) as (port, _), pytest.raises(NoResponse):
        egress.post(Destination("http", "x", port, "/", ("127.0.0.1",)), b"{}", {})


def test_an_answer_is_read_no_further_than_needed() -> None:
    with raw_server(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000) as (port, _):
        found = egress.post(Destination("http", "x", port, "/", ("127.0.0.1",)), b"{}", {})
    assert len(found.body) == egress.LARGEST_ANSWER


def test_an_answer_may_take_longer_than_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "CONNECT_SECONDS", 0.3)
    server = socket.create_server(("127.0.0.1", 0))

    def think() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            time.sleep(0.8)
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    thinking = threading.Thread(target=think, daemon=True)
    thinking.start()
    there = Destination("http", "x", server.getsockname()[1], "/", ("127.0.0.1",))
    assert egress.post(there, b"{}", {}).status == 204
    thinking.join(5)
    server.close()


def test_an_answer_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "TOTAL_SECONDS", 0.5)
    server, done = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not done.wait(0.05):
                connection.sendall(b"x")

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    there = Destination("http", "x", server.getsockname()[1], "/", ("127.0.0.1",))
    with pytest.raises(NoResponse):
        egress.post(there, b"{}", {})
    done.set()
    dripping.join(5)
    server.close()


def test_registration_tells_what_is_wrong(
    client: ApiClient, receiver: Receiver, admin: str, hired: Hired
) -> None:
    body = {
        "name": "x",
        "division_codes": [new_area()],
        "services": ["to_citizen"],
        "courier_id": f"c{new_id(8).lower()}",
    }
    for url in ("http://example.com/hook", "https://127.0.0.1/hook", "https://0x7f.0.0.1/hook"):
        made = client.post("/v1/admin/couriers", {**body, "endpoint": url}, token=admin)
        path = f"/v1/admin/couriers/{hired.courier_id}"
        changed = client.patch(path, {"endpoint": url}, token=admin)
        for answer in (made, changed):
            assert answer.status == 422
            [error] = answer.json()["errors"]
            assert (error["pointer"], error["code"]) == ("/endpoint", "unsafe_endpoint")
            assert error["detail"].startswith("回调地址不可用：")
            words = error["detail"].replace("https", "").replace("IP", "")
            assert not re.search("[A-Za-z]", words), error["detail"]


@pytest.mark.fresh_index("sends what became due after the list was first asked")
def test_a_name_that_is_turned_inward_later_is_never_called(
    client: ApiClient, receiver: Receiver, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_to, resolve = ["1.1.1.1"], socket.getaddrinfo

    def turned(host: str, port: int, **more: Any) -> list[Any]:
        if host != "courier.example.com":
            return resolve(host, port, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (leads_to[0], port))]

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket, "getaddrinfo", turned)
    hired = hire(client, receiver, admin, endpoint="https://courier.example.com/hook")
    path = f"/v1/admin/couriers/{hired.courier_id}"
    monkeypatch.setattr(egress, "post", never)
    for number, address in enumerate(("169.254.169.254", "10.0.0.1", "::ffff:127.0.0.1"), 1):
        leads_to[0] = address
        client.post(f"{path}/ping", {}, token=admin)
        assert send(hired).failed == 1
        sent = {
            m["message_id"]: m for m in client.get(f"{path}/messages", token=admin).json()["items"]
        }
        [tried] = sent[f"msg_{hired.courier_id}_{number}"]["attempts"]
        assert (tried["status"], tried["answer"]) == (None, "the address is not a public one")


@contextmanager
def tls_server(name: str, folder: Path) -> Iterator[tuple[int, list[str | None]]]:
    """Serve one connection by TLS with a certificate for a name; tell which name was asked for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    chain, secret = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context, asked = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), list[str | None]()
    context.load_cert_chain(chain, secret)
    context.sni_callback = lambda _socket, given, _context: asked.append(given)
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = server.accept()
        with connection, suppress(OSError), context.wrap_socket(connection, True) as secure:
            got = b""
            while not got.endswith(b"{}"):
                got += secure.recv(65536)
            secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1], asked
    thread.join(5)
    server.close()


@pytest.fixture
def believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A name whose certificate is believed, as the list of authorities is read anew."""
    name = "courier.test"
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / f"{name}.pem"))
    egress.trust.cache_clear()
    yield name
    egress.trust.cache_clear()


def test_the_certificate_is_for_the_name_and_not_for_the_address(
    tmp_path: Path, believed: str
) -> None:
    with tls_server(believed, tmp_path) as (port, asked):
        there = Destination("https", believed, port, "/", ("127.0.0.1",))
        assert egress.post(there, b"{}", {}).status == 204
    assert asked == [believed]


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, believed: str) -> None:
    with tls_server(believed, tmp_path) as (port, _), pytest.raises(NoResponse):
        egress.post(Destination("https", "other.test", port, "/", ("127.0.0.1",)), b"{}", {})


def test_a_certificate_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with tls_server("courier.test", tmp_path) as (port, _), pytest.raises(NoResponse):
        egress.post(Destination("https", "courier.test", port, "/", ("127.0.0.1",)), b"{}", {})
