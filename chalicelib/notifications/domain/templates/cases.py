"""Words of notices about cases."""

from collections.abc import Mapping
from typing import Final

from chalicelib.core.i18n import Text
from chalicelib.notifications.domain.notices import Template
from chalicelib.notifications.domain.templates.making import DAY, WEEK, template

TEMPLATES: Final[Mapping[str, Template]] = {
    "case.submitted": template(
        "case",
        DAY,
        Text("申请已提交", "Application submitted"),
        Text("已提交", "Submitted"),
        Text("{service}的申请已提交。", "Your application for {service} was submitted."),
    ),
    "case.correction_requested": template(
        "case",
        WEEK,
        Text("材料需要补正", "Your application needs changes"),
        Text("需补正", "Changes needed"),
        Text(
            "{service}：请一次性补正所列内容，补正期间不计入办理时限。",
            "{service}: please correct what is listed; the time limits wait for you.",
        ),
    ),
    "case.accepted": template(
        "case",
        WEEK,
        Text("申请已受理", "Application accepted"),
        Text("已受理", "Accepted"),
        Text("{service}的申请已受理。", "Your application for {service} was accepted."),
    ),
    "case.declined": template(
        "case",
        WEEK,
        Text("申请不予受理", "Application not accepted"),
        Text("不予受理", "Declined"),
        Text(
            "{service}的申请不予受理，理由见办件详情。",
            "Your application for {service} was not accepted; the reason is in the case.",
        ),
    ),
    "case.approved": template(
        "case",
        WEEK,
        Text("申请已批准", "Application approved"),
        Text("已批准", "Approved"),
        Text("{service}的申请已批准。", "Your application for {service} was approved."),
    ),
    "case.rejected": template(
        "case",
        WEEK,
        Text("申请未予批准", "Application rejected"),
        Text("不予批准", "Rejected"),
        Text(
            "{service}的申请未予批准，理由和救济途径见办件详情。",
            "Your application for {service} was rejected; reason and remedy are in the case.",
        ),
    ),
    "case.prechecked": template(
        "case",
        WEEK,
        Text("预审已通过", "Prechecked"),
        Text("预审通过", "Prechecked"),
        Text(
            "{service}的材料已通过预审，可以交验原件：选择快递的，快递员将上门取件，请只把取件码告诉他；选择到大厅的，请预约时间。",
            "What you sent for {service} looks right. Originals can come now: a courier fetches"
            " them if you chose that (tell only them the code), or please book a time to bring"
            " them.",
        ),
    ),
    "case.originals_received": template(
        "case",
        WEEK,
        Text("原件已收到", "Originals received"),
        Text("已收原件", "Received"),
        Text(
            "{service}的原件已收到，正在核验。", "Your originals for {service} have arrived safely."
        ),
    ),
    "case.originals_mismatch": template(
        "case",
        WEEK,
        Text("原件与所交材料不一致", "An original does not agree"),
        Text("原件不符", "Mismatch"),
        Text(
            "{service}：有原件与提交的材料不一致，详情见办件。",
            "{service}: an original does not agree with what you sent; see the case.",
        ),
    ),
    "case.originals_lost": template(
        "case",
        WEEK,
        Text("原件在途中遗失", "Your originals were lost"),
        Text("原件遗失", "Lost"),
        Text(
            "非常抱歉，{service}的原件在快递途中遗失，正在追查。{another_visit}到场由专人协助，其间办理时限暂停计算。",
            "We are very sorry: your originals for {service} were lost on their way, and are"
            " searched for. {another_visit} Staff will help you there; the time limits wait.",
        ),
    ),
    "case.visit_missed": template(
        "case",
        WEEK,
        Text("未按预约到场，请另约时间", "You missed your visit"),
        Text("请另约", "Missed"),
        Text(
            "{service}的预约已错过。{another_visit}其间办理时限暂停计算。",
            "You did not come for {service}. {another_visit} The time limits wait until then.",
        ),
    ),
    "case.visit_overdue": template(
        "case",
        WEEK,
        Text("未另约到场时间", "No other visit was booked"),
        Text("未另约", "Not booked"),
        Text(
            "{service}：您未在期限内另约时间，办理时限继续计算，仍可预约到场或撤回申请。",
            "{service}: no other visit was booked in time, and the time limits run again. You can"
            " still book one, or withdraw.",
        ),
    ),
    "case.promise_missed": template(
        "case",
        WEEK,
        Text("未在承诺期限内办结", "Your case is late"),
        Text("已超承诺", "Late"),
        Text(
            "很抱歉，{service}未能在承诺的期限内办结。{outlook}可在“咨询投诉”中投诉。",
            "We are sorry: {service} was not decided in the promised time. {outlook} You can"
            " complain under “Questions and complaints”.",
        ),
    ),
    "case.law_missed": template(
        "case",
        WEEK,
        Text("未在法定期限内办结", "The legal time limit has passed"),
        Text("已超时限", "Overdue"),
        Text(
            "很抱歉，{service}未能在法定期限内办结。{outlook}可在“咨询投诉”中投诉。",
            "We are sorry: {service} was not decided within the time limit of the law. {outlook}"
            " You can complain under “Questions and complaints”.",
        ),
    ),
    "case.issued": template(
        "case",
        WEEK,
        Text("证照已制作", "Your document is ready"),
        Text("已制证", "Ready"),
        Text("{service}的结果已制作完成。", "{service}: the result is ready."),
    ),
    "case.completed": template(
        "case",
        WEEK,
        Text("已办结", "Completed"),
        Text("已办结", "Completed"),
        Text(
            "{service}已办结，欢迎评价本次服务。",
            "{service} is completed; tell us how it went.",
        ),
    ),
}
