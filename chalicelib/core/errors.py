"""Every way in which a request can be refused, as RFC 9457 problems.

A problem's class states the fact; its `code` is public and stable, its words are in both
languages. Rooms add their own beside their rules; `Problem.registry` lists them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from chalicelib.core.i18n import Lang, Text


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: `pointer` is a JSON pointer (RFC 6901) into the body or the query."""

    pointer: str
    code: str
    detail: Text


def pointer(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) that these parts make."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


class Problem(Exception):  # noqa: N818 - a problem's name states the fact, not its kind.
    """A refusal that the caller can understand.

    Extra members of the answer are given as keyword arguments and also fill the braces of `detail`.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[Text]
    detail: ClassVar[Text | None] = None
    registry: ClassVar[dict[str, type["Problem"]]] = {}

    def __init__(
        self,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        allow: str | None = None,
        **extra: object,
    ) -> None:
        """Keep the members that go beside the fixed ones."""
        super().__init__(self.code)
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.allow = allow
        self.extra = extra

    def __init_subclass__(cls) -> None:
        """Enter a problem with a code in the registry; one code belongs to one class."""
        super().__init_subclass__()
        if "code" in cls.__dict__:
            if cls.code in Problem.registry:
                message = f"two problems share the code {cls.code!r}"
                raise TypeError(message)
            Problem.registry[cls.code] = cls

    def members(self, lang: Lang, request_id: str) -> dict[str, object]:
        """Return the JSON object of the answer."""
        detail = self.detail or self.title
        answer: dict[str, object] = {
            "type": f"urn:onetrip:problem:{self.code}",
            "title": self.title.in_language(lang),
            "status": self.status,
            "code": self.code,
            "detail": detail.in_language(lang, self.extra),
            "request_id": request_id,
            **self.extra,
        }
        if self.errors:
            answer["errors"] = [
                {"pointer": e.pointer, "code": e.code, "detail": e.detail.in_language(lang)}
                for e in self.errors
            ]
        return answer

    def headers(self) -> dict[str, str]:
        """Return the headers that this refusal needs beside its body."""
        found: dict[str, str] = {}
        if self.status == 401:  # noqa: PLR2004 - the status speaks for itself.
            found["WWW-Authenticate"] = 'Bearer realm="onetrip"'
        if self.retry_after is not None:
            found["Retry-After"] = str(self.retry_after)
        if self.allow is not None:
            found["Allow"] = self.allow
        return found


class InvalidRequest(Problem):
    """The body has fields that are missing, unknown or out of range."""

    status = 422
    code = "invalid_request"
    title = Text("填写的内容有误", "Some fields are not right")


class InvalidQuery(Problem):
    """The query string has parameters that are unknown or out of range."""

    status = 400
    code = "invalid_query"
    title = Text("查询条件有误", "The query is not right")


class InvalidJson(Problem):
    """The body is not a JSON text in UTF-8 (RFC 8259)."""

    status = 400
    code = "invalid_json"
    title = Text("请求内容不是有效的 JSON", "The body is not valid JSON")


class InvalidCursor(Problem):
    """The cursor was not given out for this list."""

    status = 400
    code = "invalid_cursor"
    title = Text("翻页标记无效，请从第一页重新开始", "This cursor is not valid; start again")


class InvalidIdempotencyKey(Problem):
    """The Idempotency-Key is not 8 to 64 of A-Z a-z 0-9 - _."""

    status = 400
    code = "invalid_idempotency_key"
    title = Text("Idempotency-Key 格式有误", "The Idempotency-Key is malformed")


class IdempotencyKeyReused(Problem):
    """The same key came with another body."""

    status = 422
    code = "idempotency_key_reused"
    title = Text("这个请求编号已用于另一项操作", "This Idempotency-Key was used for something else")


class Unauthenticated(Problem):
    """There is no valid access token."""

    status = 401
    code = "unauthenticated"
    title = Text("请先登录", "Please log in")


class InvalidSignature(Problem):
    """The message is not signed by its sender, or not within five minutes."""

    status = 401
    code = "invalid_signature"
    title = Text("签名无效", "The signature is not valid")


class TokenExpired(Problem):
    """The access token was valid once."""

    status = 401
    code = "token_expired"
    title = Text("登录已过期，请重新登录", "Your log-in has expired")


class Forbidden(Problem):
    """The caller is known and may not do this."""

    status = 403
    code = "forbidden"
    title = Text("您没有此项权限", "You may not do this")


class RecentlyJoined(Problem):
    """An account that was joined less than 72 hours ago may not do this yet."""

    status = 403
    code = "recently_joined"
    title = Text(
        "账号关联满 72 小时后才能进行此操作",
        "This waits until the account has been joined for 72 hours",
    )


class NotFound(Problem):
    """There is no such thing, or it is somebody else's."""

    status = 404
    code = "not_found"
    title = Text("没有找到", "Not found")


class WrongStatus(Problem):
    """The thing's status does not allow it; `current` is that status."""

    status = 409
    code = "wrong_status"
    title = Text("当前状态不能进行此操作", "This cannot be done in the present status")


class StaleVersion(Problem):
    """Somebody else changed the thing first; `current` is its state now."""

    status = 409
    code = "stale_version"
    title = Text("内容已被他人更新，请刷新后再试", "Somebody else was faster; look again")


class MethodNotAllowed(Problem):
    """The path is known and does not take this method."""

    status = 405
    code = "method_not_allowed"
    title = Text("不支持的请求方法", "This method is not allowed here")


class NotAcceptable(Problem):
    """None of the asked media types can be given."""

    status = 406
    code = "not_acceptable"
    title = Text("无法提供所要求的格式", "The asked format cannot be given")


class BodyTooLarge(Problem):
    """The body is over 256 KiB."""

    status = 413
    code = "body_too_large"
    title = Text("提交的内容过大", "The body is too large")


class UnsupportedMediaType(Problem):
    """The body is not application/json."""

    status = 415
    code = "unsupported_media_type"
    title = Text("请以 application/json 提交", "Send the body as application/json")


class TooManyRequests(Problem):
    """The caller asked too often."""

    status = 429
    code = "too_many_requests"
    title = Text("操作太频繁，请稍后再试", "Too many requests; try again later")


class TryAgain(Problem):
    """Something we stand on did not answer; nothing is lost, the same request can be sent again."""

    status = 503
    code = "try_again"
    title = Text("系统繁忙，请稍后重试", "The system is busy; please try again")


class InternalError(Problem):
    """We made a mistake."""

    status = 500
    code = "internal_error"
    title = Text("系统出错了，请稍后再试", "Something went wrong on our side")


def unknown(at: str) -> InvalidRequest:
    """Return the problem of a field that names nothing that is there; `at` is its pointer."""
    return InvalidRequest(errors=[FieldError(at, "unknown", NotFound.title)])
