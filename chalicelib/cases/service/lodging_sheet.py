"""What an applicant is shown of an application before they sign it, line by line."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib.cases.domain import Address, Application
from chalicelib.cases.domain.originals import Handover
from chalicelib.cases.uploads import service as uploads
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Office, Service, forms
from chalicelib.core import canonical_json
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import office_time
from chalicelib.core.i18n import Text
from chalicelib.identity import service as identity
from chalicelib.identity.domain import masked_name
from chalicelib.identity.signing import service as signing
from chalicelib.identity.signing.domain import Sheet

Line = tuple[Text, Text]
_SERVICE: Final = Text("事项", "Service")
_OFFICE: Final = Text("受理大厅", "Hall")
_APPLICANT: Final = Text("申请人", "Applicant")
_DELIVERY: Final = Text("结果寄送", "The result goes to")
_PICKUP: Final = Text("原件取件", "Originals are fetched at")
_ORIGINALS: Final = Text("原件交验", "Originals")
_HANDOVERS: Final[Mapping[Handover, Text]] = {
    "visit": Text("到大厅交验", "are brought to the hall"),
    "courier": Text("快递交验", "go by courier"),
    "none": Text("不交验", "are not given"),
}
_YES: Final = Text("是", "Yes")
_NO: Final = Text("否", "No")


def signed(
    caller: Citizen, service: Service, office: Office, application: Application, now: datetime
) -> signing.Use | None:
    """Return the signature of an application to a service that asks for one.

    At the counter the clerk witnesses it. Raises SignatureRequired or SignatureInvalid.
    """
    if "lodge" not in service.signatures or application.intake:
        return None
    sheet = of(caller, service, office, application, now)
    return signing.require(sheet, application.signature, now)


def of(
    caller: Citizen, service: Service, office: Office, application: Application, now: datetime
) -> Sheet:
    """Return what who is at the phone signs: all that is lodged, also for whom."""
    lines: list[Line] = [
        (_SERVICE, service.name),
        (_OFFICE, office.name),
        (_APPLICANT, _same(_applicant(caller, application.for_member))),
        *_form(service, application.content.form, now),
        *_materials(caller, service, application),
    ]
    if application.handover:
        lines.append((_ORIGINALS, _HANDOVERS[application.handover]))
    for label, address in ((_DELIVERY, application.delivery), (_PICKUP, application.pickup)):
        if address:
            lines.append((label, _written(address)))
    return Sheet("lodge", caller.calls, service.service_id, tuple(lines))


def _applicant(caller: Citizen, member_id: str | None) -> str:
    if member_id is None:
        return identity.masked_name_of(caller.citizen_id) or ""
    member = identity.find_member(caller.citizen_id, member_id)
    return masked_name(identity.member_in_clear(caller.citizen_id, member)["name"])


def _form(service: Service, form: Mapping[str, Any], now: datetime) -> Iterator[Line]:
    """Return the fields in the order of the form, whatever the order in which they came."""
    today = office_time(now).date()
    zh = forms.localized_schema(service, "zh-CN", today)["properties"]
    en = forms.localized_schema(service, "en", today)["properties"]
    for name in zh:
        if name in form:
            yield from _field(Text(_title(zh, name), _title(en, name)), form[name], zh, en, name)


def _field(
    label: Text, value: Any, zh: Mapping[str, Any], en: Mapping[str, Any], name: str
) -> Iterator[Line]:
    rules_zh, rules_en = zh.get(name, {}), en.get(name, {})
    if isinstance(value, list):
        for number, one in enumerate(value, 1):
            numbered = Text(f"{label.zh} {number}", f"{label.en} {number}")
            items = {name: rules_zh.get("items", {})}, {name: rules_en.get("items", {})}
            yield from _field(numbered, one, *items, name)
    elif isinstance(value, Mapping):
        inner = rules_zh.get("properties", {}), rules_en.get("properties", {})
        for part in sorted(value):
            of_part = Text(
                f"{label.zh} · {_title(inner[0], part)}", f"{label.en} · {_title(inner[1], part)}"
            )
            yield from _field(of_part, value[part], *inner, part)
    else:
        yield label, Text(_word(rules_zh, value, _YES.zh, _NO.zh), _word(rules_en, value))


def _title(properties: Mapping[str, Any], name: str) -> str:
    return str(properties.get(name, {}).get("title", name))


def _word(rules: Mapping[str, Any], value: object, yes: str = _YES.en, no: str = _NO.en) -> str:
    """Return the words of one value: of a choice its title, of text the text."""
    for choice in rules.get("oneOf", ()):
        if choice.get("const") == value:
            return str(choice.get("title", value))
    if isinstance(value, bool):
        return yes if value else no
    return value if isinstance(value, str) else canonical_json.canonical(value)


def _materials(caller: Citizen, service: Service, application: Application) -> Iterator[Line]:
    """Return which papers are given: a file by its name, and by its id, of which the bytes are."""
    content = application.content
    files = uploads.names_of(caller.citizen_id, [one.upload_id for one in content.attachments])
    names = {one.material_id: one.name for one in service.materials}
    for material_id in content.material_ids:
        given = content.given_for(material_id)
        shown = (f"{files[one]} ({one})" if one in files else one for one in given)
        yield names[material_id], _same(", ".join(shown))


def _written(address: Address) -> Text:
    """Return an address with its district by name, as whoever signs reads it."""
    code, who = address.division_code, f"{address.name} {address.phone}"
    halls = catalogue.current().offices.values()
    district = next((hall.division for hall in halls if hall.division_code == code), _same(code))
    return Text(f"{who} {district.zh} {address.detail}", f"{who} {district.en} {address.detail}")


def _same(words: str) -> Text:
    return Text(words, words)
