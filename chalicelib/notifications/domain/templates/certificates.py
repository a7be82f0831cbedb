"""Words of notices about certificates."""

from collections.abc import Mapping
from typing import Final

from chalicelib.core.i18n import Text
from chalicelib.notifications.domain.notices import Template
from chalicelib.notifications.domain.templates.making import DAY, WEEK, template

TEMPLATES: Final[Mapping[str, Template]] = {
    "certificate.issued": template(
        "",
        DAY,
        Text("电子证照已发放", "Your electronic certificate is here"),
        Text("已发放", "Issued"),
        Text(
            "{service}的电子证照已发放，可在“我的证照”中查看和出示。",
            "{service}: the electronic one is in My certificates, to be shown and given.",
        ),
    ),
    "certificate.ends_soon": template(
        "case",
        WEEK,
        Text("证照即将到期", "A certificate ends soon"),
        Text("快到期", "Ends soon"),
        Text(
            "{service}的证照快到期了（{last_day}），可以在线换领。",
            "Your certificate of {service} ends on {last_day}; it can be renewed online.",
        ),
    ),
    "certificate.suspended": template(
        "case",
        WEEK,
        Text("证照已暂停使用", "A certificate was suspended"),
        Text("已暂停", "Suspended"),
        Text(
            "{service}的证照已由{office}暂停使用，恢复前不能出示。",
            "{office} has suspended your certificate of {service}; it proves nothing until it is"
            " resumed.",
        ),
    ),
    "certificate.resumed": template(
        "case",
        WEEK,
        Text("证照已恢复使用", "A certificate is valid again"),
        Text("已恢复", "Resumed"),
        Text("{service}的证照可以继续使用。", "Your certificate of {service} is valid again."),
    ),
    "certificate.revoked": template(
        "case",
        WEEK,
        Text("证照已撤销", "A certificate was revoked"),
        Text("已撤销", "Revoked"),
        Text(
            "{service}的证照已由{office}撤销。如有异议，可在“我的诉求”中提出。",
            "{office} has revoked your certificate of {service}. If you object, say so under My"
            " enquiries.",
        ),
    ),
}
