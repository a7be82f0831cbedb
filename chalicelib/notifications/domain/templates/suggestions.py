"""Words of what is told before it is asked for; each says why it is known."""

from collections.abc import Mapping
from typing import Final

from chalicelib.core.i18n import Text
from chalicelib.notifications.domain.notices import Template
from chalicelib.notifications.domain.templates.making import WEEK, template

_STATE: Final = Text("可办理", "Due")

TEMPLATES: Final[Mapping[str, Template]] = {
    "suggestion.certificate": template(
        "",
        WEEK,
        Text("证照三个月内到期", "A certificate ends within three months"),
        _STATE,
        Text(
            "{service}的证照有效期至{last_day}，可以提前办理。提示依据：您“我的证照”里的这份证照。",
            "Your certificate of {service} ends on {last_day} and can be renewed now. We know it "
            "from My certificates.",
        ),
    ),
    "suggestion.age": template(
        "",
        WEEK,
        Text("有一项与年龄有关的权益", "A right that comes with age"),
        _STATE,
        Text(
            "{service}：自{last_day}起符合年龄条件，可以申领。提示依据：您填写的证件号码中的出生日期。",
            "{service}: the age for it is reached on {last_day}. We know it from the birth date in "
            "the document that you gave.",
        ),
    ),
    "suggestion.newborn": template(
        "",
        WEEK,
        Text("孩子出生后要办的事", "What comes next for a newborn"),
        _STATE,
        Text(
            "{service}：现在可以办理。提示依据：您在“我的家人”里添加的孩子。",
            "{service} is due now. We know it from the child that you added to your family.",
        ),
    ),
    "suggestion.move": template(
        "",
        WEEK,
        Text("搬家后可以办的事", "What comes next after a move"),
        _STATE,
        Text(
            "{service}：现在可以办理。提示依据：您{last_day}办成的居住事项。",
            "{service} can be done now. We know it from what was granted to you on {last_day}.",
        ),
    ),
}
