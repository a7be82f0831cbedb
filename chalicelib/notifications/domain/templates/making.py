"""How a notice's template is made, and what its words share."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from chalicelib.core.i18n import Text
from chalicelib.notifications.domain.notices import InboxAlone, Subscription, Template, Words

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
OFFER: Final = timedelta(minutes=25)
CALL: Final = timedelta(minutes=10)
CANCELLED: Final = Text("预约已取消", "Appointment cancelled")
_BRING: Final = Text("请携带：{bring}。", "Bring: {bring}.")


def template(
    subscription: Subscription | InboxAlone,
    fresh_for: timedelta,
    title: Text,
    state: Text,
    body: Text,
) -> Template:
    """Return a template of one version; `fresh_for` is how long its message is worth sending."""
    return Template(subscription, fresh_for, (Words(title, body, state),))


def reworded(old: Template, body: Text) -> Template:
    """Return a template with a further version that has another body."""
    return replace(old, versions=(*old.versions, replace(old.versions[-1], body=body)))


def with_papers(zh: str, en: str) -> Text:
    """Return words that go on with the papers to bring."""
    return Text(zh + _BRING.zh, f"{en} {_BRING.en}")
