"""What may stand in the way of paying and giving back."""

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text


class AlreadyPaid(Problem):
    """The fee is paid."""

    status = 409
    code = "already_paid"
    title = Text("该费用已缴纳", "This fee has been paid already")


class PaymentInProgress(Problem):
    """Another payment of the same fee is open; `payment` is that one."""

    status = 409
    code = "payment_in_progress"
    title = Text("该费用正在支付中", "A payment of this fee is in progress")


class NothingToPay(Problem):
    """What was to be paid for has ended."""

    status = 409
    code = "nothing_to_pay"
    title = Text("该事项已结束，无需缴费", "This has ended; there is nothing to pay")


class MethodNotServed(Problem):
    """The method cannot be used from this client."""

    status = 422
    code = "method_not_served"
    title = Text("此终端不支持该支付方式", "This way of paying cannot be used here")


class PayerUnknown(Problem):
    """The wallet asks for an account of its own platform, and the citizen logged in by another."""

    status = 409
    code = "payer_unknown"
    title = Text("请用该钱包所属平台登录后支付", "Log in on the wallet's own platform to pay")


class PaymentProviderDown(Problem):
    """The payment provider did not answer; the same request can be sent again."""

    status = 503
    code = "payment_provider_unavailable"
    title = Text("支付渠道暂时无法访问，请稍后重试", "The payment provider cannot be reached now")


class RefundTooLarge(Problem):
    """More would be given back than was received; `available` is what is left."""

    status = 409
    code = "refund_too_large"
    title = Text("退费金额超过可退余额", "This is more than can be refunded")


class NoSuchTransition(Exception):  # noqa: N818 - its name states the fact.
    """A transition that the table does not have."""
