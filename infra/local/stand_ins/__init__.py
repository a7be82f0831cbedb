"""The outside world on one machine: each stand-in is a small honest server under /stand-ins/."""

import os
from pathlib import Path
from typing import Final

# The templates that a city would have registered with WeChat and Alipay.
MESSAGE_TEMPLATES: Final = Path(__file__).parent / "message_templates.json"

# How the stand-in of the identity authority is asked.
IDENTITY_MAPPING: Final = Path(__file__).parent / "identity_mapping.json"


def addresses(url: str) -> dict[str, str]:
    """Return the settings by which the product finds the stand-ins of a run at `url`."""
    return {
        "IDENTITY_URL": f"{url}/stand-ins/identity/confirm",
        "IDENTITY_MAPPING": str(IDENTITY_MAPPING),
        "BUSINESS_REGISTER_URL": f"{url}/stand-ins/registers/business/ask",
        "REGISTERS_URL": f"{url}/stand-ins/registers",
        "WECHAT_HOST": f"{url}/stand-ins/wechat",
        "ALIPAY_GATEWAY": f"{url}/stand-ins/alipay/gateway.do",
        "SMS_HOST": f"{url}/stand-ins/{os.environ.get('SMS_PROVIDER', 'alibaba')}_sms",
        "MAIL_HOST": f"{url}/stand-ins/ses",
        "STRIPE_HOST": f"{url}/stand-ins/stripe",
        "WECHAT_PAY_HOST": f"{url}/stand-ins/wechat_pay",
    }
