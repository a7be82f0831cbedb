"""Words of notices about appointments."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chalicelib.core.i18n import Text
from chalicelib.notifications.domain.notices import Template, Words
from chalicelib.notifications.domain.templates.making import (
    CALL,
    CANCELLED,
    DAY,
    OFFER,
    template,
    with_papers,
)

TEMPLATES: Final[Mapping[str, Template]] = {
    "waiting.offered": template(
        "appointment",
        OFFER,
        Text("有号了，已为您保留", "A seat is held for you"),
        Text("有号", "Offered"),
        Text(
            "{service}，{start}，{office}。{held}到时不确认，号会让给下一位。",
            "{service}, {start}, {office}. {held} After that it goes to the next in line.",
        ),
    ),
    "waiting.expired": template(
        "appointment",
        DAY,
        Text("候补已结束", "You no longer wait"),
        Text("候补结束", "Ended"),
        Text(
            "{service}：日期已过，或三次保留的号都没有确认。需要时请重新候补。",
            "{service}: the days have passed, or three offers went unanswered. You can join again.",
        ),
    ),
    "draw.won": template(
        "appointment",
        DAY,
        Text("抽中了，已为您预约", "You were drawn, and have an appointment"),
        Text("抽中", "Drawn"),
        with_papers("{service}，{start}，{office}。", "{service}, {start}, {office}."),
    ),
    "draw.not_drawn": template(
        "appointment",
        DAY,
        Text("没有抽中，已为您排在候补最前面", "Not drawn; you are first in line now"),
        Text("未抽中", "Not drawn"),
        Text(
            "{service}，{office}。有人退号时，按抽签顺序先给您。",
            "{service}, {office}. Seats that are given back go out in the drawn order.",
        ),
    ),
    "draw.unseated": template(
        "appointment",
        DAY,
        Text("抽中了，但没能预约上", "You were drawn, but nothing could be booked"),
        Text("未约上", "Not booked"),
        Text(
            "{service}，{office}。您已有预约，或该时段已停办；如仍需要，请看候补名单。",
            "{service}, {office}: you have an appointment already, or the time was closed."
            " If you still need one, see the waiting list.",
        ),
    ),
    "draw.called_off": template(
        "appointment",
        DAY,
        Text("本次抽签作废", "The draw was called off"),
        Text("已作废", "Called off"),
        Text(
            "{service}，{office}。没能按时公开抽签的种子，无法证明公平；这些号会照常放出。",
            "{service}, {office}: its seed was not disclosed in time, so nothing proves it fair."
            " Its seats come out as usual.",
        ),
    ),
    "appointment.booked": template(
        "appointment",
        DAY,
        Text("预约成功", "Appointment booked"),
        Text("预约成功", "Booked"),
        with_papers("{service}，{start}，{office}。", "{service}, {start}, {office}."),
    ),
    "appointment.rescheduled": template(
        "appointment",
        DAY,
        Text("预约已改期", "Appointment moved"),
        Text("已改期", "Moved"),
        with_papers("{service}改为{start}，{office}。", "{service}: now {start}, {office}."),
    ),
    "appointment.cancelled": Template(
        "appointment",
        DAY,
        (
            Words(
                CANCELLED,
                Text("{service}，{start}，{office}。", "{service}, {start}, {office}."),
                Text("已取消", "Cancelled"),
            ),
            Words(
                CANCELLED,
                Text(
                    "{service}，{start}，{office}。{closure}",
                    "{service}, {start}, {office}. {closure}",
                ),
                Text("已取消", "Cancelled"),
            ),
        ),
    ),
    "appointment.new_time_needed": template(
        "appointment",
        DAY,
        Text("请另选办理时间", "Please choose a new time"),
        Text("请改时间", "New time"),
        Text(
            "{service}，{start}，{office}。{closure} {answer_by}",
            "{service}, {start}, {office}. {closure} {answer_by}",
        ),
    ),
    "appointment.time_kept": template(
        "appointment",
        DAY,
        Text("原预约时间恢复", "Your time stands again"),
        Text("照常办理", "As booked"),
        with_papers("{service}，{start}，{office}。", "{service}, {start}, {office}."),
    ),
    "appointment.missed": template(
        "appointment",
        DAY,
        Text("您未按时到场", "You missed your appointment"),
        Text("未到场", "Missed"),
        Text(
            "{service}，{start}，{office}。多次爽约将暂停预约。",
            "{service}, {start}, {office}. Booking is suspended after several missed ones.",
        ),
    ),
    "appointment.reminder_day_before": template(
        "reminder",
        DAY,
        Text("明天有预约", "Your appointment is tomorrow"),
        Text("明天办理", "Tomorrow"),
        with_papers("{service}，{start}，{office}。", "{service}, {start}, {office}."),
    ),
    "appointment.reminder_two_hours": template(
        "reminder",
        timedelta(hours=2),
        Text("两小时后有预约", "Your appointment is in two hours"),
        Text("即将开始", "Soon"),
        with_papers("{service}，{start}，{office}。", "{service}, {start}, {office}."),
    ),
    "appointment.called": template(
        "queue",
        CALL,
        Text("请到窗口办理", "It is your turn"),
        Text("请到窗口", "Your turn"),
        Text(
            "{ticket} 号，请到 {counter} 号窗口，{service}。",
            "Number {ticket}: go to counter {counter}, {service}.",
        ),
    ),
}
