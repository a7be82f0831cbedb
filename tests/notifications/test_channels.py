"""What the adapters ask of the platforms, and what they make of their answers."""

import contextlib
import json
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.i18n import Lang
from chalicelib.core.settings import SETTINGS, SettingsError
from chalicelib.notifications import channels, storage
from chalicelib.notifications.channels.base import ChannelUnavailable
from chalicelib.notifications.channels.wechat import Wechat
from chalicelib.notifications.domain import Message, Notice, SendResult, kinds
from chalicelib.notifications.domain.templates import TEMPLATES
from chalicelib.notifications.service import wording
from chalicelib.notifications.storage import _records
from infra.local.engine import Engine
from infra.local.stand_ins import MESSAGE_TEMPLATES
from infra.local.stand_ins.base import Asked
from infra.local.stand_ins.messages import MessageBook, MessagesStandIn
from infra.local.stand_ins.wechat import _FITS
from tests.notifications.world import SECRET, Platforms
from tests.support.clock import MONDAY

LANGS: tuple[Lang, ...] = ("zh-CN", "en")
MESSAGE = Message("openid", "template", "pages/x", {"thing1": "居民身份证换领"}, "zh-CN")


def test_every_event_fills_every_platforms_template(phones: Platforms) -> None:
    registry = channels.read(json.loads(MESSAGE_TEMPLATES.read_text()))
    for name, template in TEMPLATES.items():
        facts = {
            "service": "id-card-renewal",
            "office": "hall-330200",
            "start": MONDAY.isoformat(),
            "ticket": "A012",
            "counter": "07",
            "amount": "16000",
            "currency": "cny",
        }
        subject = "abcdefghsubject1"
        notice = Notice("id", "abcdefgh", name, "e.1", template.version, subject, facts, MONDAY)
        for platform, templates in registry.items():
            if not template.subscription:
                continue
            found = templates[template.subscription]
            for lang in LANGS:
                values = wording.fields(notice, found.fields, lang)
                if platform in kinds.TEXTS:
                    longest = 35 if platform == "alibaba_sms" else 12
                    assert all(0 < len(value) <= longest for value in values.values()), values
                    continue
                message = Message("openid", found.template_id, "pages/x", values, lang)
                sent = channels.channel(platform).send(message, MONDAY)
                assert sent is SendResult.TAKEN, (name, platform, values)
        for lang in LANGS:
            words = wording.worded(notice, lang)
            assert words.title
            assert "{" not in words.body


def test_nothing_known_still_fills_the_template(phones: Platforms) -> None:
    notice = Notice("id", "abcdefgh", "appointment.called", "e.1", 1, "abcdefgh1", {}, MONDAY)
    found = channels.registry()["wechat"]["queue"]
    values = wording.fields(notice, found.fields, "zh-CN")
    message = Message("openid", found.template_id, "pages/x", values, "zh-CN")
    assert channels.channel("wechat").send(message, MONDAY) is SendResult.TAKEN
    assert wording.worded(notice, "en").title == "It is your turn"


@pytest.mark.parametrize("reason", ["台风", "台风。"])
def test_the_reason_of_a_closure_is_a_sentence_of_its_own(reason: str) -> None:
    event = "appointment.new_time_needed"
    facts = {"closure": reason}
    notice = Notice("id", "abcdefgh", event, "e.1", TEMPLATES[event].version, "s", facts, MONDAY)
    assert "大厅暂停服务：台风。" in wording.worded(notice, "zh-CN").body
    assert "台风。。" not in wording.worded(notice, "zh-CN").body
    assert "The hall is closed: 台风." in wording.worded(notice, "en").body


@pytest.mark.parametrize(
    ("service", "is_prepaid"), [("property-transfer", True), ("passport-issue", False)]
)
def test_a_closure_tells_of_a_refund_where_the_fee_is_paid_in_booking(
    service: str, is_prepaid: bool
) -> None:
    event = "appointment.new_time_needed"
    facts = {"closure": "台风", "service": service, "until": "2026-03-02T09:00:00+08:00"}
    notice = Notice("id", "abcdefgh", event, "e.1", TEMPLATES[event].version, "s", facts, MONDAY)
    zh, en = (wording.worded(notice, lang).body for lang in LANGS)
    assert "逾期自动取消" in zh
    assert "else it is cancelled" in en
    assert ("退费" in zh, "goes back" in en) == (is_prepaid, is_prepaid)


@given(st.text(max_size=200), st.sampled_from(["thing1", "character_string9", "keyword2"]))
def test_any_value_fits_its_field(ticket: str, field: str) -> None:
    facts = {"ticket": ticket}
    notice = Notice("id", "abcdefgh", "appointment.called", "e.1", 1, "abcdefgh1", facts, MONDAY)
    value = _fields(notice, field)
    kind, found = field.rstrip("0123456789"), kinds.kind_of(field)
    assert found
    assert 0 < len(value) <= found.longest
    assert value.isprintable()
    if kind in _FITS:
        assert re.fullmatch(_FITS[kind], value)


def _fields(notice: Notice, field: str) -> str:
    return wording.fields(notice, {field: "ticket"}, "zh-CN")[field]


@pytest.fixture(autouse=True)
def _catalogue(engine: Engine) -> None:
    """The words come from the catalogue."""


@pytest.mark.parametrize(
    "given",
    [
        {"sms": {}},
        {"sms": {"case": {"template_id": "x", "page": "p", "fields": {}}}},
        {"wechat": {"weather": {"template_id": "x", "page": "p", "fields": {}}}},
        {"wechat": {"case": {"template_id": "x", "page": "p", "fields": {"thing": "service"}}}},
        {"wechat": {"case": {"template_id": "x", "page": "p", "fields": {"song1": "service"}}}},
        {"wechat": {"case": {"template_id": "x", "page": "p", "fields": {"thing1": "name"}}}},
    ],
)
def test_templates_that_no_notice_can_fill_are_refused(given: dict[str, Any]) -> None:
    if given == {"sms": {}}:
        assert channels.read(given) == {"sms": {}}
        return
    with pytest.raises(SettingsError):
        channels.read(given)


@contextmanager
def wechat_that_says(*answers: object) -> Iterator[tuple[Wechat, list[dict[str, Any]]]]:
    """Answer sending by each in turn, the last for ever; tokens are always given out."""
    asked: list[dict[str, Any]] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = json.loads(self.rfile.read(length))
            asked.append({"path": self.path, "body": body})
            said: object = {"access_token": f"token-{len(asked)}", "expires_in": 7200}
            if "stable_token" not in self.path:
                said = left.pop(0) if len(left) > 1 else left[0]
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    _records.TokenRecord("T#wechat", "token").delete()
    try:
        yield Wechat(f"http://127.0.0.1:{server.server_port}", "wx", SECRET, 2), asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("errcode", "expected", "alarm"),
    [
        (0, SendResult.TAKEN, False),
        (43101, SendResult.NO_CONSENT, False),
        (47003, SendResult.REFUSED, True),
        (40037, SendResult.REFUSED, True),
        (41030, SendResult.REFUSED, True),
        (45168, SendResult.REFUSED, True),
        (40003, SendResult.REFUSED, False),
        (-1, None, False),
        (43108, None, False),
        (45009, None, False),
        (40001, None, False),
        (48001, None, True),
        (99999, None, True),
    ],
)
def test_each_answer_of_wechat_is_understood(
    errcode: int, expected: SendResult | None, alarm: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with wechat_that_says({"errcode": errcode, "errmsg": "hint: openid"}) as (wechat, _):
        if expected is None:
            with pytest.raises(ChannelUnavailable):
                wechat.send(MESSAGE, MONDAY)
        else:
            assert wechat.send(MESSAGE, MONDAY) is expected
    assert ("ERROR" in {record.levelname for record in caplog.records}) == alarm
    assert "openid" not in caplog.text


@pytest.mark.parametrize(
    "answer", [b"<html>busy</html>", [], {"errmsg": "ok"}, {"errcode": "0"}, b"", {"errcode": None}]
)
def test_an_answer_without_sense_is_no_answer(answer: object) -> None:
    with wechat_that_says(answer) as (wechat, _), pytest.raises(ChannelUnavailable):
        wechat.send(MESSAGE, MONDAY)


def test_what_is_asked_of_wechat_is_what_its_documentation_says() -> None:
    with wechat_that_says({"errcode": 0}) as (wechat, asked):
        wechat.send(MESSAGE, MONDAY)
    token, message = asked
    assert token["path"] == "/cgi-bin/stable_token"
    assert token["body"] == {
        "grant_type": "client_credential", "appid": "wx", "secret": SECRET, "force_refresh": False,
    }  # fmt: skip
    assert message["path"] == "/cgi-bin/message/subscribe/send?access_token=token-1"
    assert message["body"] == {
        "touser": "openid",
        "template_id": "template",
        "page": "pages/x",
        "data": {"thing1": {"value": "居民身份证换领"}},
        "miniprogram_state": "formal",
        "lang": "zh_CN",
    }


def test_a_token_is_kept_and_shared_and_sealed() -> None:
    with wechat_that_says({"errcode": 0}) as (wechat, asked):
        for _ in range(3):
            wechat.send(MESSAGE, MONDAY)
        another = Wechat(wechat._host, "wx", SECRET, 2)
        another.send(MESSAGE, MONDAY)
        assert sum("stable_token" in one["path"] for one in asked) == 1
        kept = storage.load_token("wechat")
        assert kept
        assert "token-1" not in kept.sealed
        another.send(MESSAGE, MONDAY + timedelta(seconds=7200))
        assert sum("stable_token" in one["path"] for one in asked) == 2


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_token_that_is_over_is_renewed_and_the_message_sent(errcode: int) -> None:
    with wechat_that_says({"errcode": errcode}, {"errcode": 0}) as (wechat, asked):
        assert wechat.send(MESSAGE, MONDAY) is SendResult.TAKEN
        paths = [one["path"].partition("?")[2] for one in asked]
        assert paths == ["", "access_token=token-1", "", "access_token=token-3"]
        assert asked[2]["body"]["force_refresh"] is True


def test_many_workers_renew_a_token_once(phones: Platforms) -> None:
    first = channels.channel("wechat")
    assert isinstance(first, Wechat)
    workers = [Wechat(first._host, "wx", SECRET, 5) for _ in range(8)]
    values = {"thing1": "x"}
    message = Message("crowd", "template", "pages/x", values, "zh-CN")
    first.send(message, MONDAY)
    for worker in workers:
        assert worker.send(message, MONDAY) is SendResult.TAKEN
    before = phones.count("stable_token")
    phones.mode("wechat", "token_over")
    outcomes: list[object] = []

    def send(worker: Wechat) -> None:
        for _ in range(50):
            with contextlib.suppress(ChannelUnavailable):
                outcomes.append(worker.send(message, MONDAY))
                return
            threading.Event().wait(0.05)

    threads = [threading.Thread(target=send, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [SendResult.TAKEN] * 8
    assert phones.count("stable_token") == before + 1


def test_the_book_of_messages_outlives_a_kill(tmp_path: Any) -> None:
    file = tmp_path / "messages.jsonl"
    MessageBook(file).add("wechat", "me", "t", {"thing1": "<b>"}, MONDAY)
    with file.open("a") as open_file:
        open_file.write('{"channel": "wech')
    book = MessageBook(file)
    book.add("alipay", "you", "t", {"keyword1": "y"}, MONDAY)
    stand_in = MessagesStandIn(MessageBook(file))
    answer = stand_in.answer(Asked("GET", "", {}, {}, b""))
    items = json.loads(answer.body)["items"]
    assert [item["to"] for item in items] == ["you", "me"]
    assert items[1] == {
        "channel": "wechat", "to": "me", "template": "t", "data": {"thing1": "<b>"},
        "at": "2027-03-01T09:00:00+08:00",
    }  # fmt: skip
    mine = stand_in.answer(Asked("GET", "", {"to": "me"}, {"accept": "text/html"}, b""))
    assert b"&lt;b&gt;" in mine.body
    assert b"you" not in mine.body
    assert stand_in.answer(Asked("POST", "", {}, {}, b"")).status == 405


@pytest.mark.parametrize("platform", ["wechat", "alipay"])
def test_each_platform_has_its_adapter(platform: str) -> None:
    made = channels.channel.__wrapped__(platform)
    assert type(made).__name__.lower() == made.platform == platform


def test_a_city_without_templates_has_the_inbox_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = replace(SETTINGS, message_templates=None, demonstration=False)
    monkeypatch.setattr(channels, "SETTINGS", stage)
    assert channels.registry.__wrapped__() == {}
    # Nobody who logged in by a demonstration is reached outside of one.
    assert channels.platform_of("demo") is None
    assert channels.registered("demo", "case") is None
    assert channels.subscription_of(None, "x") is None
    monkeypatch.setattr(channels, "SETTINGS", replace(stage, demonstration=True))
    assert channels.platform_of("demo") == "wechat"
    assert channels.platform_of("alipay") == "alipay"
