"""The words of notices, in both languages and in versions.

A template that changes gets a further version at its end; a notice is shown in the words of the
version that it was made with. The braces are filled from the catalogue and the notice's facts, see
`wording`.

| value | is |
|---|---|
| service, office | names, in the reader's language |
| start | the appointment's beginning |
| bring | the required materials |
| ticket, counter | in the hall |
| closure | why the hall cancelled, in its staff's words; nothing where it did not |
| outlook | until when a late case must be done, where a day is left |
| extension | until when an enquiry will be answered |
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chalicelib.core.i18n import Text
from chalicelib.notifications.domain.notices import InboxAlone, Subscription, Template, Words

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_CALL: Final = timedelta(minutes=10)
_BRING: Final = Text("请携带：{bring}。", "Bring: {bring}.")

_CANCELLED: Final = Text("预约已取消", "Appointment cancelled")


def _one(
    subscription: Subscription | InboxAlone,
    fresh_for: timedelta,
    title: Text,
    state: Text,
    body: Text,
) -> Template:
    return Template(subscription, fresh_for, (Words(title, body, state),))


def _with_papers(zh: str, en: str) -> Text:
    return Text(zh + _BRING.zh, f"{en} {_BRING.en}")


TEMPLATES: Final[Mapping[str, Template]] = {
    "appointment.booked": _one(
        "appointment",
        _DAY,
        Text("预约成功", "Appointment booked"),
        Text("预约成功", "Booked"),
        _with_papers("{service},{start},{office}。", "{service}, {start}, {office}."),
    ),
    "appointment.rescheduled": _one(
        "appointment",
        _DAY,
        Text("预约已改期", "Appointment moved"),
        Text("已改期", "Moved"),
        _with_papers("{service}改为{start},{office}。", "{service}: now {start}, {office}."),
    ),
    "appointment.cancelled": Template(
        "appointment",
        _DAY,
        (
            Words(
                _CANCELLED,
                Text("{service},{start},{office}。", "{service}, {start}, {office}."),
                Text("已取消", "Cancelled"),
            ),
            Words(
                _CANCELLED,
                Text(
                    "{service},{start},{office}。{closure}",
                    "{service}, {start}, {office}. {closure}",
                ),
                Text("已取消", "Cancelled"),
            ),
        ),
    ),
    "appointment.missed": _one(
        "appointment",
        _DAY,
        Text("您未按时到场", "You missed your appointment"),
        Text("未到场", "Missed"),
        Text(
            "{service},{start},{office}。多次爽约将暂停预约。",
            "{service}, {start}, {office}. Booking is suspended after several missed ones.",
        ),
    ),
    "appointment.reminder_day_before": _one(
        "reminder",
        _DAY,
        Text("明天有预约", "Your appointment is tomorrow"),
        Text("明天办理", "Tomorrow"),
        _with_papers("{service},{start},{office}。", "{service}, {start}, {office}."),
    ),
    "appointment.reminder_two_hours": _one(
        "reminder",
        timedelta(hours=2),
        Text("两小时后有预约", "Your appointment is in two hours"),
        Text("即将开始", "Soon"),
        _with_papers("{service},{start},{office}。", "{service}, {start}, {office}."),
    ),
    "appointment.called": _one(
        "queue",
        _CALL,
        Text("请到窗口办理", "It is your turn"),
        Text("请到窗口", "Your turn"),
        Text(
            "{ticket} 号，请到 {counter} 号窗口，{service}。",
            "Number {ticket}: go to counter {counter}, {service}.",
        ),
    ),
    "case.submitted": _one(
        "case",
        _DAY,
        Text("申请已提交", "Application submitted"),
        Text("已提交", "Submitted"),
        Text("{service}的申请已提交。", "Your application for {service} was submitted."),
    ),
    "case.correction_requested": _one(
        "case",
        _WEEK,
        Text("材料需要补正", "Corrections are needed"),
        Text("需补正", "To correct"),
        Text(
            "{service}：请一次性补正所列内容，补正期间不计入办理时限。",
            "{service}: please correct what is listed; the time limits wait for you.",
        ),
    ),
    "case.accepted": _one(
        "case",
        _WEEK,
        Text("申请已受理", "Application accepted"),
        Text("已受理", "Accepted"),
        Text("{service}的申请已受理。", "Your application for {service} was accepted."),
    ),
    "case.declined": _one(
        "case",
        _WEEK,
        Text("申请不予受理", "Application not accepted"),
        Text("不予受理", "Declined"),
        Text(
            "{service}的申请不予受理，理由见办件详情。",
            "Your application for {service} was not accepted; the reason is in the case.",
        ),
    ),
    "case.approved": _one(
        "case",
        _WEEK,
        Text("申请已批准", "Application approved"),
        Text("已批准", "Approved"),
        Text("{service}的申请已批准。", "Your application for {service} was approved."),
    ),
    "case.rejected": _one(
        "case",
        _WEEK,
        Text("申请未予批准", "Application rejected"),
        Text("不予批准", "Rejected"),
        Text(
            "{service}的申请未予批准，理由和救济途径见办件详情。",
            "Your application for {service} was rejected; reason and remedy are in the case.",
        ),
    ),
    "case.promise_missed": _one(
        "case",
        _WEEK,
        Text("未在承诺期限内办结", "Your case is late"),
        Text("已超承诺", "Late"),
        Text(
            "很抱歉，{service}未能在承诺的期限内办结。{outlook}",
            "We are sorry: {service} was not decided in the promised time. {outlook}",
        ),
    ),
    "case.law_missed": _one(
        "case",
        _WEEK,
        Text("未在法定期限内办结", "The legal time limit has passed"),
        Text("已超时限", "Overdue"),
        Text(
            "很抱歉，{service}未能在法定期限内办结。{outlook}",
            "We are sorry: {service} was not decided within the time limit of the law. {outlook}",
        ),
    ),
    "case.issued": _one(
        "case",
        _WEEK,
        Text("证照已制作", "Your document is ready"),
        Text("已制证", "Ready"),
        Text("{service}的结果已制作完成。", "The result of {service} is ready."),
    ),
    "case.completed": _one(
        "case",
        _WEEK,
        Text("已办结", "Completed"),
        Text("已办结", "Completed"),
        Text(
            "{service}已办结，欢迎评价本次服务。",
            "{service} is completed; tell us how it went.",
        ),
    ),
    "payment.succeeded": _one(
        "payment",
        _DAY,
        Text("支付成功", "Payment received"),
        Text("支付成功", "Paid"),
        Text("{service}的费用已支付。", "The fee of {service} was paid."),
    ),
    "payment.failed": _one(
        "payment",
        _DAY,
        Text("支付未成功", "Payment failed"),
        Text("支付失败", "Failed"),
        Text(
            "{service}的费用未支付成功，请重新支付。",
            "The fee of {service} was not paid; please pay again.",
        ),
    ),
    "payment.held": _one(
        "payment",
        _WEEK,
        Text("付款待核对", "Payment being checked"),
        Text("核对中", "Checking"),
        Text(
            "{service}收到的款项与应缴的不同，工作人员会确认或原路退回，您不用再付。",
            "Other money came for {service} than was asked for. The office will accept it or send "
            "it back; please do not pay again.",
        ),
    ),
    "payment.refund_succeeded": _one(
        "payment",
        _WEEK,
        Text("退款成功", "Refund made"),
        Text("已退款", "Refunded"),
        Text("{service}的费用已原路退回。", "The fee of {service} was given back."),
    ),
    "payment.refund_failed": _one(
        "payment",
        _WEEK,
        Text("退款未成功", "Refund failed"),
        Text("退款失败", "Refund failed"),
        Text(
            "{service}的退款未成功，工作人员将与您联系。",
            "The refund for {service} did not go through; the office will see to it.",
        ),
    ),
    "delivery.picked_up": _one(
        "delivery",
        _DAY,
        Text("快递已揽收", "Parcel picked up"),
        Text("已揽收", "Picked up"),
        Text("{service}的快递已揽收。", "The parcel of {service} was picked up."),
    ),
    "delivery.out_for_delivery": _one(
        "delivery",
        timedelta(hours=12),
        Text("快递派送中", "Parcel out for delivery"),
        Text("派送中", "On its way"),
        Text("{service}的快递正在派送。", "The parcel of {service} is out for delivery."),
    ),
    "delivery.available_for_pickup": _one(
        "delivery",
        _DAY,
        Text("快递待自取", "Parcel waits for you"),
        Text("待自取", "To collect"),
        Text("{service}的快递已到自取点。", "The parcel of {service} can be collected."),
    ),
    "delivery.delivered": _one(
        "delivery",
        _DAY,
        Text("快递已送达", "Parcel delivered"),
        Text("已送达", "Delivered"),
        Text("{service}的快递已送达。", "The parcel of {service} was delivered."),
    ),
    "delivery.attempt_failed": _one(
        "delivery",
        _DAY,
        Text("快递派送未成功", "Delivery attempt failed"),
        Text("派送失败", "Not delivered"),
        Text(
            "{service}的快递未能送达，快递员会再次派送。",
            "The parcel of {service} could not be handed over; it will be tried again.",
        ),
    ),
    # Nobody subscribes to what guards the account.
    "account.link_requested": _one(
        "",
        _DAY,
        Text("有账号请求与您关联", "An account asks to be joined to yours"),
        Text("请您确认", "Your say"),
        Text(
            "有人在另一个账号上用您的姓名和证件号码做了实名认证。如果是您本人，可以用关联码把两个账号关联起来；如果不是，"
            "无需操作，对方看不到您的任何信息。",
            "Somebody gave your name and number on another account. If it was you, the two can be"
            " joined by a link code; if not, do nothing: they see nothing of yours.",
        ),
    ),
    "enquiry.answered": _one(
        "enquiry",
        _WEEK,
        Text("您的诉求有答复了", "Your enquiry was answered"),
        Text("已答复", "Answered"),
        Text("{office}已答复，请查看。", "{office} has answered; read it in your enquiries."),
    ),
    "enquiry.transferred": _one(
        "enquiry",
        _DAY,
        Text("您的诉求已转办", "Your enquiry was passed on"),
        Text("已转办", "Passed on"),
        Text("现由{office}办理，期限不变。", "{office} has it now; the deadline stays."),
    ),
    "enquiry.extended": _one(
        "enquiry",
        _WEEK,
        Text("答复期限已延长", "The answer will take longer"),
        Text("已延期", "Extended"),
        Text("{extension}原因见详情。", "{extension} The reason is in your enquiry."),
    ),
    "enquiry.not_ours": _one(
        "enquiry",
        _WEEK,
        Text("您的诉求不属于本市受理", "Your enquiry is for somebody else"),
        Text("不属受理", "Not ours"),
        Text("由谁答复请查看详情。", "Who answers it stands in your enquiries."),
    ),
    "enquiry.leave_asked": _one(
        "enquiry",
        _WEEK,
        Text("您不满意，需要我们调查吗？", "May we look into it?"),
        Text("请您确认", "Please tell"),
        Text(
            "您对{service}的评价较低。同意后由未经办的主管调查答复，请在“我的诉求”中确认。",
            "You rated {service} low. If you agree, a supervisor who did not handle it looks into "
            "it: say yes or no in your enquiries.",
        ),
    ),
    "family.accepted": _one(
        "",
        _DAY,
        Text("家人已同意由您代办", "Somebody agreed that you act for them"),
        Text("已同意", "Agreed"),
        Text("您现在可以替其预约和办理。", "you may book and apply for them now."),
    ),
    "family.declined": _one(
        "",
        _DAY,
        Text("家人未同意由您代办", "Somebody did not agree that you act for them"),
        Text("未同意", "Declined"),
        Text("您不能替其预约和办理。", "you may not book or apply for them."),
    ),
    "family.revoked": _one(
        "",
        _DAY,
        Text("代办已结束", "You act for somebody no longer"),
        Text("已结束", "Ended"),
        Text("您不能再替其预约和办理。", "you may book and apply for them no longer."),
    ),
    "family.disputed": _one(
        "",
        _DAY,
        Text("代办被本人否认", "Somebody disputes that you act for them"),
        Text("已冻结", "Frozen"),
        Text("工作人员会核查。", "staff will look into it."),
    ),
    "account.code_cancelled": _one(
        "",
        _DAY,
        Text("关联码已作废", "Your link code was cancelled"),
        Text("已作废", "Cancelled"),
        Text(
            "有人多次输错关联码，关联码已作废，今天不能再关联账号。",
            "Wrong link codes were tried five times: the code is cancelled, and no account can be"
            " joined today.",
        ),
    ),
    "account.linked": _one(
        "",
        _DAY,
        Text("账号已关联", "An account was joined to yours"),
        Text("已关联", "Joined"),
        Text(
            "一个账号已与您关联，可查看和办理您的事项。如果不是您本人操作，请在 72 小时内撤销。",
            "An account was joined to yours, and sees and does what you do. If it was not you,"
            " undo it within 72 hours.",
        ),
    ),
    "account.unlinked": _one(
        "",
        _DAY,
        Text("账号已解除关联", "An account was parted from yours"),
        Text("已解除", "Parted"),
        Text("该账号的登录已失效。", "Its log-ins are over."),
    ),
}
