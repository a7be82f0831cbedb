"""The services of texts and mail of a run, all with one book."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib.core.settings import SETTINGS
from infra.local.stand_ins.alibaba_sms import AlibabaSmsStandIn
from infra.local.stand_ins.base import StandIn
from infra.local.stand_ins.messages import MessageBook
from infra.local.stand_ins.ses import SesStandIn
from infra.local.stand_ins.tencent_sms import TencentSmsStandIn

# Under which a run on one machine signs all that it asks of AWS.
_AWS_KEY: Final = ("test", "test")


def services(
    secrets: Mapping[str, Any],
    now: Callable[[], datetime],
    real_time: Callable[[], datetime],
    book: MessageBook,
) -> list[StandIn]:
    """Return them; which SMS service is asked is a setting."""
    key = str(secrets["sms_key_id"]), str(secrets["sms_key_secret"])
    sign_name, app_id = SETTINGS.sms_sign_name, SETTINGS.sms_app_id
    return [
        AlibabaSmsStandIn(key, sign_name, now, real_time, book),
        TencentSmsStandIn(key, app_id, sign_name, now, real_time, book),
        SesStandIn(SETTINGS.mail_host, _AWS_KEY, SETTINGS.mail_sender, now, book),
    ]
