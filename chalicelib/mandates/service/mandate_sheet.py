"""What a principal is shown of a mandate before they sign it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import document_of
from chalicelib.identity import service as identity
from chalicelib.identity.domain import masked_name
from chalicelib.identity.signing.domain import Sheet
from chalicelib.mandates.domain import ACTIONS, ALL_SERVICES, Action, Terms

_AGENT: Final = Text("受托人", "Who may act")
_CODE: Final = Text("代办码", "Code")
_SERVICES: Final = Text("事项", "Services")
_ACTIONS: Final = Text("可以代办", "May")
_UNTIL: Final = Text("截止日期（含当日）", "Last day")
_IN_NAME_OF: Final = Text("委托单位", "In the name of")
_EVERYTHING: Final = Text("所有事项", "All services")
_WORDS: Final[Mapping[Action, Text]] = {
    "book": Text("预约", "book"),
    "lodge": Text("申请", "apply"),
    "pay": Text("缴费", "pay"),
    "collect": Text("领取结果", "collect what is issued"),
    "read": Text("查看所办事项", "see what was done"),
}


def of(principal: str, agent_code: str, agent: str, terms: Terms) -> Sheet:
    """Return what a principal signs: whom a code names, for what, which acts, how long."""
    clear = identity.me(agent).clear
    who = f"{masked_name(clear['name'])} {document_of(clear).masked}"
    until = terms.until.isoformat()
    lines = (
        (_AGENT, Text(who, who)),
        (_CODE, Text(agent_code, agent_code)),
        (_SERVICES, _listed(map(_named, sorted(terms.services)))),
        (_ACTIONS, _listed(_WORDS[one] for one in ACTIONS if one in terms.actions)),
        (_UNTIL, Text(until, until)),
    )
    return Sheet("mandate", principal, agent_code, lines)


def in_name_of(sheet: Sheet, organisation_id: str) -> Sheet:
    """Return it as given for an organisation."""
    name = identity.clear_of(organisation_id).get("name", organisation_id)
    return replace(sheet, lines=((_IN_NAME_OF, Text(name, name)), *sheet.lines))


def _named(service_id: str) -> Text:
    return _EVERYTHING if service_id == ALL_SERVICES else catalogue.service(service_id).name


def _listed(words: Iterable[Text]) -> Text:
    words = list(words)
    return Text("、".join(one.zh for one in words), ", ".join(one.en for one in words))
