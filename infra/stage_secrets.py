"""A stage's secret in Secrets Manager: what may be in it, and how it is read and written."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from infra.commands import CommandError

RINGS: Final = ("token_keys", "pass_keys", "certificate_keys")
# What we choose ourselves; all else is given by the platforms, or is KMS's in the cloud.
OURS: Final = (*RINGS, "cursor_key", "person_key")
# While these are rotated, the one before stays good under the same name with this behind it.
OLD: Final = "_old"
_ROTATED: Final = ("alipay_public_key", "stripe_webhook_secret", "wechat_pay_public_key")
GIVEN: Final = frozenset(
    {
        "alipay_private_key", "alipay_public_key", "assistant_model_key", "business_register_key",
        "identity_key", "registers_key", "seal_certificate", "seal_key", "sms_key_id",
        "sms_key_secret", "stripe_key", "stripe_webhook_secret", "wechat_pay_private_key",
        "wechat_pay_public_key", "wechat_pay_v3_key", "wechat_secret",
        *(f"{name}{OLD}" for name in _ROTATED),
    }
)  # fmt: skip


def check_given(given: object, where: object) -> dict[str, str]:
    """Return an operator's secrets by their names; raises CommandError for what is none.

    A name that is written wrongly would be missed by those that read it, and a key of ours that is
    given would shut everybody out.
    """
    if not isinstance(given, dict):
        raise CommandError(f"{where} is not one JSON object of names and secrets")
    ours, unknown = sorted({*given} & {*OURS}), sorted({*given} - GIVEN - {*OURS})
    no_texts = sorted(name for name in given if not isinstance(given[name], str))
    if ours:
        raise CommandError(f"{where} has {', '.join(ours)}, which the command makes and turns")
    if unknown:
        raise CommandError(f"{where} has {', '.join(unknown)}, which nobody reads (docs/deploy.md)")
    if no_texts:
        raise CommandError(f"{where} has no text for {', '.join(no_texts)}")
    return given


class StageSecret:
    """The secret of one stage; who writes it after somebody else did is refused."""

    def __init__(self, manager: Any, name: str) -> None:
        """Take the client of Secrets Manager, and the secret's name."""
        self._manager = manager
        self._name = name
        self._follows: list[str | None] = []

    def read(self) -> dict[str, Any]:
        """Return what is in it, nothing where it was never filled; raises CommandError."""
        now, before = self._version("AWSCURRENT"), self._version("AWSPREVIOUS")
        self._follows = [one.get("VersionId") for one in (now, before)]
        try:
            known = json.loads(now.get("SecretString") or "{}")
        except ValueError:
            known = None
        if isinstance(known, dict):
            return known
        message = "is no JSON object: put its former version back (docs/recovery.md)"
        raise CommandError(f"the secret {self._name} {message}")

    def write(self, known: Mapping[str, Any]) -> None:
        """Write it after what was read; raises CommandError where somebody else wrote meanwhile.

        What follows the same versions has the same token, and Secrets Manager takes only one text
        under a token (PutSecretValue, `ClientRequestToken`).
        """
        token = hashlib.sha256(json.dumps([self._name, *self._follows]).encode()).hexdigest()
        try:
            self._manager.put_secret_value(
                SecretId=self._name, ClientRequestToken=token, SecretString=json.dumps(known)
            )
        except self._manager.exceptions.ResourceExistsException as error:
            message = "somebody else wrote the secret meanwhile, and nothing of this is in it"
            raise CommandError(f"{message}: run it again") from error

    def _version(self, stage: str) -> Mapping[str, Any]:
        try:
            found: Mapping[str, Any] = self._manager.get_secret_value(
                SecretId=self._name, VersionStage=stage
            )
        except self._manager.exceptions.ResourceNotFoundException:
            return {}
        return found
