"""Words of notices about accounts, enquiries and the family."""

from collections.abc import Mapping
from typing import Final

from chalicelib.core.i18n import Text
from chalicelib.notifications.domain.notices import Template
from chalicelib.notifications.domain.templates.making import DAY, WEEK, template

TEMPLATES: Final[Mapping[str, Template]] = {
    # Nobody subscribes to what guards the account.
    "account.link_requested": template(
        "",
        DAY,
        Text("有账号请求与您关联", "An account asks to be joined to yours"),
        Text("请您确认", "Your say"),
        Text(
            "有人在另一个账号上用您的姓名和证件号码做了实名认证。如果是您本人，可以用关联码把两个账号关联起来；如果不是，"
            "无需操作，对方看不到您的任何信息。",
            "Somebody gave your name and number on another account. If it was you, the two can be"
            " joined by a link code; if not, do nothing: they see nothing of yours.",
        ),
    ),
    "enquiry.answered": template(
        "enquiry",
        WEEK,
        Text("您的诉求有答复了", "Your enquiry was answered"),
        Text("已答复", "Answered"),
        Text("{office}已答复，请查看。", "{office} has answered; read it in your enquiries."),
    ),
    "enquiry.transferred": template(
        "enquiry",
        DAY,
        Text("您的诉求已转办", "Your enquiry was passed on"),
        Text("已转办", "Passed on"),
        Text("现由{office}办理，期限不变。", "{office} has it now; the deadline stays."),
    ),
    "enquiry.extended": template(
        "enquiry",
        WEEK,
        Text("答复期限已延长", "The answer will take longer"),
        Text("已延期", "Extended"),
        Text("{extension}原因见详情。", "{extension} The reason is in your enquiry."),
    ),
    "enquiry.not_ours": template(
        "enquiry",
        WEEK,
        Text("您的诉求不属于本市受理", "Your enquiry is for somebody else"),
        Text("不属受理", "Not ours"),
        Text("由谁答复请查看详情。", "Who answers it stands in your enquiries."),
    ),
    "enquiry.leave_asked": template(
        "enquiry",
        WEEK,
        Text("您不满意，需要我们调查吗？", "May we look into it?"),
        Text("请您确认", "Please tell"),
        Text(
            "您对{service}的评价较低。同意后由未经办的主管调查答复，请在“我的诉求”中确认。",
            "You rated {service} low. If you agree, a supervisor who did not handle it looks into "
            "it: say yes or no in your enquiries.",
        ),
    ),
    "family.accepted": template(
        "",
        DAY,
        Text("家人已同意由您代办", "Somebody agreed that you act for them"),
        Text("已同意", "Agreed"),
        Text("您现在可以替其预约和办理。", "you may book and apply for them now."),
    ),
    "family.declined": template(
        "",
        DAY,
        Text("家人未同意由您代办", "Somebody did not agree that you act for them"),
        Text("未同意", "Declined"),
        Text("您不能替其预约和办理。", "you may not book or apply for them."),
    ),
    "family.revoked": template(
        "",
        DAY,
        Text("代办已结束", "You act for somebody no longer"),
        Text("已结束", "Ended"),
        Text("您不能再替其预约和办理。", "you may book and apply for them no longer."),
    ),
    "family.disputed": template(
        "",
        DAY,
        Text("代办被本人否认", "Somebody disputes that you act for them"),
        Text("已冻结", "Frozen"),
        Text("工作人员会核查。", "staff will look into it."),
    ),
    "mandate.given": template(
        "",
        WEEK,
        Text("委托已生效", "A mandate is in force"),
        Text("已生效", "In force"),
        Text(
            "可办的事项和期限请在“委托代办”中查看；如果不是您同意的，请撤销或告诉我们。",
            "What it allows and until when stands under Mandates; if you did not agree, revoke it"
            " or tell us.",
        ),
    ),
    "mandate.witnessed": template(
        "case",
        WEEK,
        Text("在大厅办理的委托已生效", "A mandate given at the counter is in force"),
        Text("已生效", "In force"),
        Text(
            "经{office}工作人员当面核验并留存扫描件。可办的事项和期限请在“委托代办”中查看；如果不是本人意愿，请撤销或告诉我们。",
            "{office} has checked it in person and kept a scan. What it allows and until when"
            " stands under Mandates; if it is not what you want, revoke it or tell us.",
        ),
    ),
    "mandate.accepted": template(
        "",
        WEEK,
        Text("委托已生效", "A mandate is in force"),
        Text("已生效", "In force"),
        Text(
            "委托人已同意，详情请在“委托代办”中查看。",
            "The principal agreed; read it under Mandates.",
        ),
    ),
    "mandate.declined": template(
        "",
        DAY,
        Text("委托未获同意", "A mandate was declined"),
        Text("未同意", "Declined"),
        Text(
            "委托人没有同意，不能代办。", "The principal did not agree: nothing may be done by it."
        ),
    ),
    "mandate.revoked": template(
        "",
        WEEK,
        Text("委托已撤销", "A mandate was revoked"),
        Text("已撤销", "Revoked"),
        Text(
            "今后不能再凭此代办；此前办理的事项继续有效。",
            "Nothing more may be done by it; what was done before stays.",
        ),
    ),
    "mandate.disputed": template(
        "",
        WEEK,
        Text("委托已冻结", "A mandate was frozen"),
        Text("已冻结", "Frozen"),
        Text(
            "委托人表示不是本人操作，工作人员会核查。",
            "The principal says that it was not them; staff will look into it.",
        ),
    ),
    "account.code_cancelled": template(
        "",
        DAY,
        Text("关联码已作废", "Your link code was cancelled"),
        Text("已作废", "Cancelled"),
        Text(
            "有人多次输错关联码，关联码已作废，今天不能再关联账号。",
            "Wrong link codes were tried five times: the code is cancelled, and no account can be"
            " joined today.",
        ),
    ),
    "account.factor_added": template(
        "",
        WEEK,
        Text("您设置了新的签名方式", "A new way to sign was added"),
        Text("已添加", "Added"),
        Text(
            "签名密码或通行密钥已添加到您的账号。如果不是您本人操作，请立即在“签名方式”中移除，并到大厅窗口反映。",
            "A PIN or passkey was added to your account. If it was not you, remove it under How I"
            " sign at once, and tell a counter.",
        ),
    ),
    "account.factor_removed": template(
        "",
        WEEK,
        Text("一种签名方式已移除", "A way to sign was removed"),
        Text("已移除", "Removed"),
        Text(
            "签名密码或通行密钥已从您的账号移除。如果不是您本人操作，请到大厅窗口反映。",
            "A PIN or passkey was removed from your account. If it was not you, tell a counter.",
        ),
    ),
    "account.factors_reset": template(
        "",
        WEEK,
        Text("您的签名方式已重置", "The ways in which you sign were reset"),
        Text("已重置", "Reset"),
        Text(
            "两名工作人员已在大厅重置您的签名方式，请重新登录并设置签名密码。如果不是您本人要求，请立即反映。",
            "Two members of staff took away your PIN and passkeys at a hall: log in and set a PIN."
            " If you did not ask for it, tell us at once.",
        ),
    ),
    "account.linked": template(
        "",
        DAY,
        Text("账号已关联", "An account was joined to yours"),
        Text("已关联", "Joined"),
        Text(
            "一个账号已与您关联，可查看和办理您的事项。如果不是您本人操作，请在 72 小时内撤销。",
            "An account was joined to yours, and sees and does what you do. If it was not you,"
            " undo it within 72 hours.",
        ),
    ),
    "account.corrected": template(
        "",
        WEEK,
        Text("您的身份信息已更正", "Who you are was corrected"),
        Text("已更正", "Corrected"),
        Text(
            "两名工作人员已更正您的姓名或证件号码，请重新登录。如有疑问，请到大厅查询。",
            "Two members of staff corrected your name or number; log in again. If it is wrong, ask"
            " at a hall.",
        ),
    ),
    "account.signed_out": template(
        "",
        DAY,
        Text("您的所有设备已退出登录", "You were logged out everywhere"),
        Text("已退出", "Logged out"),
        Text(
            "应您的要求，工作人员已让所有设备退出登录。",
            "Staff ended all log-ins, as you asked them to.",
        ),
    ),
    "account.reopened": template(
        "",
        WEEK,
        Text("您的账号已恢复", "Your account is open again"),
        Text("已恢复", "Open"),
        Text(
            "此前误登记，现已恢复。此前取消的预约和委托请重新办理。",
            "It was closed by mistake. Bookings and mandates that ended have to be made anew.",
        ),
    ),
    "account.taken_over": template(
        "",
        WEEK,
        Text("您的主账号已更换", "Another account is your main one now"),
        Text("已更换", "Changed"),
        Text(
            "本人已通过更高级别的核验，您的预约和办件由新账号管理，原账号已停用。如果不是您本人操作，请立即联系大厅。",
            "You were proven better by another account, which has your bookings and cases now; the"
            " former one is frozen. If it was not you, tell a hall at once.",
        ),
    ),
    "account.unlinked": template(
        "",
        DAY,
        Text("账号已解除关联", "An account was parted from yours"),
        Text("已解除", "Parted"),
        Text("该账号的登录已失效。", "Its log-ins are over."),
    ),
}
