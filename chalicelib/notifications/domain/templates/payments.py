"""Words of notices about money."""

from collections.abc import Mapping
from typing import Final

from chalicelib.core.i18n import Text
from chalicelib.notifications.domain.notices import Template
from chalicelib.notifications.domain.templates.making import DAY, WEEK, reworded, template

TEMPLATES: Final[Mapping[str, Template]] = {
    "bill.created": template(
        "payment",
        WEEK,
        Text("您有一笔待缴费用", "Something to pay"),
        Text("待缴费", "To pay"),
        Text(
            "{service}：应缴{amount}，请于{last_day}前缴纳。如有异议，请在账单里提出。",
            "{service}: {amount}, due on {last_day}. If it is wrong, say so from the bill.",
        ),
    ),
    "bill.changed": template(
        "payment",
        WEEK,
        Text("缴款通知有变更", "A bill was changed"),
        Text("有变更", "Changed"),
        Text(
            "{service}的缴款通知有变更，请查看。已缴的，多退少补。",
            "{service}: the bill was changed; please look at it. What you paid too much goes back, "
            "and what is missing is a bill of its own.",
        ),
    ),
    "bill.cancelled": template(
        "payment",
        WEEK,
        Text("缴款通知已撤销", "A bill was cancelled"),
        Text("已撤销", "Cancelled"),
        Text(
            "{service}的缴款通知已撤销，不用再缴；已缴的将原路退回。",
            "{service}: the bill was cancelled. Nothing is to be paid; what you paid goes back.",
        ),
    ),
    "payment.succeeded": reworded(
        template(
            "payment",
            DAY,
            Text("支付成功", "Payment received"),
            Text("支付成功", "Paid"),
            Text("{service}的费用已支付。", "The fee of {service} was paid."),
        ),
        Text("已收到您的缴费：{service}。", "Your payment was received: {service}."),
    ),
    "payment.failed": reworded(
        template(
            "payment",
            DAY,
            Text("支付未成功", "Payment failed"),
            Text("支付失败", "Failed"),
            Text(
                "{service}的费用未支付成功，请重新支付。",
                "The fee of {service} was not paid; please pay again.",
            ),
        ),
        Text(
            "没有缴费成功，请重新缴费：{service}。",
            "Nothing was paid; please pay again: {service}.",
        ),
    ),
    "payment.held": template(
        "payment",
        WEEK,
        Text("缴费待核对", "Payment being checked"),
        Text("核对中", "Checking"),
        Text(
            "{service}收到的款项与应缴的不同，工作人员会确认或原路退回，您不用再付。",
            "Other money came for {service} than was asked for. The office will accept it or send "
            "it back; please do not pay again.",
        ),
    ),
    "payment.refund_succeeded": reworded(
        template(
            "payment",
            WEEK,
            Text("退费成功", "Refund made"),
            Text("已退费", "Refunded"),
            Text("{service}的费用已原路退回。", "The fee of {service} was given back."),
        ),
        Text("您缴的费已原路退回：{service}。", "Your money was given back: {service}."),
    ),
    "payment.refund_failed": template(
        "payment",
        WEEK,
        Text("退费未成功", "Refund failed"),
        Text("退费失败", "Refund failed"),
        Text(
            "{service}的退费未成功，工作人员将与您联系。",
            "The refund for {service} did not go through; the office will see to it.",
        ),
    ),
}
