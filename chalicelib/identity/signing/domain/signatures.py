"""A signature: by whom, for which act on which thing, over exactly what was shown, when, by what.

It lives for five minutes and is used once. What was shown is computed by the server, before the
signing and again with the act: a page that showed other words has another digest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Self

from chalicelib.core import canonical_json
from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Lang, Text
from chalicelib.identity.signing.domain.factors import FactorKind, Factors

Act = Literal["lodge", "mandate", "erase"]
SIGNATURE_LIFETIME: Final = timedelta(minutes=5)
Why = Literal["unknown", "other_act", "other_content", "expired", "used", "revoked"]
_LANGS: Final[Sequence[Lang]] = ("zh-CN", "en")
_TITLES: Final[Mapping[Act, Text]] = {
    "lodge": Text("提交申请", "Lodge an application"),
    "mandate": Text("委托他人代办", "Let somebody act for me"),
    "erase": Text("注销账号", "Erase my account"),
}
_STATEMENTS: Final[Mapping[Act, Text]] = {
    "lodge": Text(
        "以上内容由我本人填写并确认，情况属实，我对此承担责任。",
        "I have filled this in and checked it, it is true, and I answer for it.",
    ),
    "mandate": Text(
        "我同意上述人员在上述范围内以我的名义办理事项，我可以随时撤销。",
        "I let this person act in my name within these limits; I can end it at any time.",
    ),
    "erase": Text(
        "我要求删除我的账号和个人信息，此操作无法撤销。",
        "I ask for my account and personal data to be erased; this cannot be undone.",
    ),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a `signer` is to sign: an act, the thing it is on, and lines of labels and values."""

    act: Act
    signer: str
    subject: str
    lines: tuple[tuple[Text, Text], ...]

    def content(self, lang: Lang) -> dict[str, Any]:
        """Return exactly what is shown in a language, and signed."""
        return {
            "act": self.act,
            "language": lang,
            "title": _TITLES[self.act].in_language(lang),
            "lines": [
                {"label": label.in_language(lang), "value": value.in_language(lang)}
                for label, value in self.lines
            ],
            "statement": _STATEMENTS[self.act].in_language(lang),
        }

    def digests(self) -> frozenset[str]:
        """Return the digests of what is shown, in whichever language."""
        return frozenset(canonical_json.digest(self.content(lang)) for lang in _LANGS)


class SignatureRequired(Problem):
    """The act is done only with a signature over `content`; `factors` one can give it by."""

    status = 403
    code = "signature_required"
    title = Text("请先签名确认", "Sign this first")

    sheet: Sheet | None = None

    @classmethod
    def of(cls, sheet: Sheet, factors: Sequence[FactorKind]) -> Self:
        """Return the refusal of what a sheet shows, in either language."""
        problem = cls(act=sheet.act, subject=sheet.subject, factors=list(factors))
        problem.sheet = sheet
        return problem

    def members(self, lang: Lang, request_id: str) -> dict[str, object]:
        """Return the JSON object of the answer, with the content in its language."""
        content = {"content": self.sheet.content(lang)} if self.sheet else {}
        return {**super().members(lang, request_id), **content}


class SignatureInvalid(Problem):
    """The signature is of something else, or was used, or is too old; `reason` says which."""

    status = 422
    code = "signature_invalid"
    title = Text("签名无效，请重新签名", "This signature does not hold; sign again")

    @classmethod
    def because(cls, reason: Why) -> Self:
        """Return the refusal that says why."""
        return cls(reason=reason)


@dataclass(frozen=True, slots=True)
class Signature:
    """What was signed, and when; `token` is it as a JWS, `used_for` the thing that it made.

    `sealed` is what was shown, under the signer's key; `fingerprint` tells the attempt.
    """

    signature_id: str
    signer: str
    act: Act
    subject: str | None
    digest: str
    factor: FactorKind
    factor_id: str
    at: datetime
    expires_at: datetime
    token: str
    sealed: str
    fingerprint: str
    used_for: str | None = None

    @property
    def facts(self) -> dict[str, str]:
        """Return what the history of the thing says of it."""
        return {"signature": self.signature_id, "digest": self.digest, "factor": self.factor}


def check(signature: Signature, sheet: Sheet, factors: Factors, now: datetime) -> None:
    """Refuse what is not of this act and content, was used, is old or of a factor that is gone.

    Raises SignatureInvalid.
    """
    if (signature.signer, signature.act) != (sheet.signer, sheet.act):
        raise SignatureInvalid.because("other_act")
    if signature.subject not in (None, sheet.subject):
        raise SignatureInvalid.because("other_act")
    if signature.used_for is not None:
        raise SignatureInvalid.because("used")
    if now >= signature.expires_at:
        raise SignatureInvalid.because("expired")
    if factors.find(signature.factor_id) is None:
        raise SignatureInvalid.because("revoked")
    if signature.digest not in sheet.digests():
        raise SignatureInvalid.because("other_content")
