"""The desk's rules: what a draft changes, what is wrong with it, and when it holds."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from chalicelib.catalogue.domain import draft_checks, parse_service
from chalicelib.catalogue.domain.catalogue import Catalogue, Timeline
from chalicelib.catalogue.domain.desk import Desk, check, decided, publication
from chalicelib.catalogue.domain.draft_changes import changes_between, sections_changed
from chalicelib.catalogue.domain.drafts import Draft
from chalicelib.catalogue.domain.sections import (
    as_of,
    laid_over,
    moments,
    published,
    revision_of,
    sections_of,
    state_of,
    version_of,
    with_sections,
)
from chalicelib.catalogue.service.publishing import DATA, completed_service
from chalicelib.core.errors import StaleVersion, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded, Word
from chalicelib.core.history import Head

TODAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
RENEWAL, RESTAURANT, ELDER = "id-card-renewal", "open-a-restaurant", "elder-card"
Change = Callable[[dict[str, Any]], None]


@cache
def services() -> dict[str, dict[str, Any]]:
    data = json.loads((DATA / "catalogue.json").read_text())
    return {one["id"]: completed_service(one, data) for one in data["services"]}


def sections(service_id: str = RENEWAL) -> dict[str, Any]:
    return deepcopy(sections_of(services()[service_id]))


def put(path: str, value: object) -> Change:
    """Return a change that puts a value at a place, or takes what is there away for `...`."""

    def change(there: dict[str, Any]) -> None:
        *way, last = path.split("/")
        inner: Any = there
        for name in way:
            inner = inner[int(name) if isinstance(inner, list) else name]
        if value is ...:
            del inner[last]
        elif isinstance(inner, list):
            inner[int(last)] = value
        else:
            inner[last] = value

    return change


def told(new: dict[str, Any], service_id: str = RENEWAL) -> list[tuple[str, str]]:
    service, now = services()[service_id], sections(service_id)
    changed = sections_changed(now, new)
    then = with_sections(service, changed, "2026-12-01")
    known = draft_checks.Known(frozenset({"household-register"}))
    return [(e.pointer, e.code) for e in draft_checks.check(then, changed, known, TODAY)]


@pytest.mark.parametrize("service_id", sorted(services()))
def test_what_is_published_passes_and_changes_nothing(service_id: str) -> None:
    service, now = services()[service_id], sections(service_id)
    types = {
        t
        for one in services().values()
        for m in one["materials"]
        for t in m.get("certificate_types", ())
    }
    known = draft_checks.Known(frozenset(types))
    again = with_sections(service, now, service["guide"]["updated_on"])
    assert draft_checks.check(again, now, known, TODAY) == []
    assert sections_of(again) == now
    assert changes_between(now, sections_of(again)) == ()
    assert parse_service(again).materials == parse_service(service).materials


TEXT = {"zh-CN": "文", "en": "text"}
FIELD = "form/properties/reason"
WRONG: list[tuple[str, object, str, str]] = [
    ("fee/cents", -1, "/fee/cents", "out_of_range"),
    ("fee/cents", 100_000_001, "/fee/cents", "out_of_range"),
    ("fee/currency", "usd", "/fee/currency", "not_one_of"),
    ("fee/basis", None, "/fee/basis", "required"),
    ("fee/basis", "x" * 1001, "/fee/basis", "too_long"),
    ("limits/legal_time_limit/unit", "weeks", "/limits/legal_time_limit/unit", "not_one_of"),
    ("limits/legal_time_limit/unit", "same_day", "/limits/legal_time_limit/value", "out_of_range"),
    ("limits/legal_time_limit/value", 3651, "/limits/legal_time_limit/value", "out_of_range"),
    ("limits/promised_working_days", 61, "/limits/promised_working_days", "out_of_range"),
    ("limits/promised_working_days", -1, "/limits/promised_working_days", "out_of_range"),
    ("synonyms", ["身份证", "身份证"], "/synonyms/1", "not_unique"),
    ("synonyms", [" "], "/synonyms/0", "required"),
    ("synonyms", ["x" * 101], "/synonyms/0", "too_long"),
    ("synonyms", ["a\x1bb"], "/synonyms/0", "not_plain_text"),
    ("synonyms", [str(number) for number in range(41)], "/synonyms", "too_many"),
    ("materials/0/material_id", "Old Card", "/materials/0/material_id", "pattern"),
    ("materials/1/material_id", "old-id-card", "/materials/1/material_id", "not_unique"),
    ("materials/0/name/en", "", "/materials/0/name/en", "required"),
    ("materials/0/usual_pages", 11, "/materials/0/usual_pages", "out_of_range"),
    ("materials/0/usual_pages", 0, "/materials/0/usual_pages", "out_of_range"),
    ("materials/0/original", "burn", "/materials/0/original", "not_one_of"),
    ("materials/0/register_id", "nobody", "/materials/0/register_id", "unknown"),
    ("materials/0/certificate_types", ["none"], "/materials/0/certificate_types/0", "not_one_of"),
    ("materials/0/issued_by", None, "/materials/0/issued_by", "required"),
    ("materials/0/also_called", ["a", "a"], "/materials/0/also_called/1", "not_unique"),
    ("guide", None, "/guide", "required"),
    ("guide/audience", None, "/guide/audience", "required"),
    ("guide/conditions", [TEXT] * 31, "/guide/conditions", "too_many"),
    ("guide/legal_basis/0/article", 0, "/guide/legal_basis/0/article", "out_of_range"),
    ("guide/legal_basis/0/article", 2001, "/guide/legal_basis/0/article", "out_of_range"),
    ("guide/outcome/sample/0/value/zh-CN", "", "/guide/outcome/sample/0/value/zh-CN", "required"),
    ("guide/faq/0/answer/en", "", "/guide/faq/0/answer/en", "required"),
    ("guide/contact_phone", "call us", "/guide/contact_phone", "pattern"),
    ("guide/basic_code", "", "/guide/basic_code", "required"),
    ("form/$schema", ..., "/form/$schema", "not_one_of"),
    ("form/type", "array", "/form/type", "type"),
    ("form/additionalProperties", True, "/form/additionalProperties", "not_one_of"),
    ("form/title", {"en": "x"}, "/form/title", "required"),
    ("form/oneOf", [], "/form/oneOf", "unknown_keyword"),
    ("form/properties", [], "/form/properties", "type"),
    ("form/required", ["nobody"], "/form/required/0", "unknown_field"),
    ("form/required", "reason", "/form/required", "type"),
    ("form/allOf", {}, "/form/allOf", "type"),
    ("form/allOf", [{"if": {}, "then": {}}], "/form/allOf/0", "not_one_of"),
    ("form/allOf", [{"if": {}}, {"then": {}}], "/form/allOf/1", "not_one_of"),
    (f"{FIELD}/title", "x", "/form/properties/reason/title", "required"),
    (f"{FIELD}/description", {"en": ""}, "/form/properties/reason/description", "required"),
    (f"{FIELD}/type", "object", "/form/properties/reason/type", "type"),
    (f"{FIELD}/x-key", 1, "/form/properties/reason/x-key", "type"),
    (f"{FIELD}/x-occasion", False, "/form/properties/reason/x-occasion", "type"),
    (f"{FIELD}/examples", [], "/form/properties/reason/examples", "required"),
    (f"{FIELD}/examples", ["nobody"], "/form/properties/reason/examples/0", "example"),
    (f"{FIELD}/maxLength", 301, "/form/properties/reason/maxLength", "out_of_range"),
    (f"{FIELD}/minLength", 99, "/form/properties/reason/minLength", "out_of_range"),
    (f"{FIELD}/minimum", 1, "/form/properties/reason/minimum", "unknown_keyword"),
    (f"{FIELD}/format", "email", "/form/properties/reason/format", "not_one_of"),
    (f"{FIELD}/pattern", "(", "/form/properties/reason/pattern", "pattern"),
    (f"{FIELD}/pattern", "^(a+)+$", "/form/properties/reason/pattern", "pattern"),
    (f"{FIELD}/pattern", "^([a-z]*)*$", "/form/properties/reason/pattern", "pattern"),
    (f"{FIELD}/oneOf", ..., "/form/properties/reason", "required"),
    (f"{FIELD}/oneOf", [{"const": "x"}], "/form/properties/reason/oneOf", "not_one_of"),
    (f"{FIELD}/x-options", "planets", "/form/properties/reason/x-options", "not_one_of"),
    (f"{FIELD}/x-options", ["x"], "/form/properties/reason/x-options", "not_one_of"),
    (f"{FIELD}/format", "date", "/form/properties/reason/x-not-before", "required"),
    (f"{FIELD}/x-not-after", ["tomorrow"], "/form/properties/reason/x-not-after", "required"),
    (f"{FIELD}/x-not-after", ["2026-02-30"], "/form/properties/reason/x-not-after", "required"),
    ("form/properties/Bad", {}, "/form/properties/Bad", "pattern"),
    ("form/properties", {f"x{n}": {} for n in range(61)}, "/form/properties", "too_many"),
    ("form/allOf", [{"if": {"properties": {"gone": {"const": True}}, "required": ["gone"]},
                     "then": {"required": ["reason"]}}], "/form/allOf/0", "unknown_field"),
    ("form/allOf", [{"if": {"properties": {"reason": {"const": "x"}}, "required": ["reason"]},
                     "then": {"required": ["gone"]}}], "/form/allOf/0", "unknown_field"),
    (f"{FIELD}/pattern", 7, "/form/properties/reason/pattern", "pattern"),
    (f"{FIELD}/oneOf", [], "/form/properties/reason/oneOf", "not_one_of"),
    (f"{FIELD}/oneOf", "x", "/form/properties/reason/oneOf", "not_one_of"),
    (f"{FIELD}/title", {**TEXT, "en": "x\x00"}, "/form/properties/reason/title", "required"),
    (f"{FIELD}/title", {**TEXT, "en": "x" * 501}, "/form/properties/reason/title", "required"),
    ("limits/legal_time_limit/value", 0, "/limits/legal_time_limit/value", "out_of_range"),
    ("limits/promised_working_days", 3651, "/limits/promised_working_days", "out_of_range"),
    ("form/properties/more", 1, "/form/properties/more", "type"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "pointer", "code"), WRONG, ids=lambda one: str(one)[:30])
def test_each_fault_is_told_at_its_place(path: str, value: object, pointer: str, code: str) -> None:
    new = sections()
    put(path, value)(new)
    assert (pointer, code) in told(new)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("fee/cents", 100_000_000),
        ("synonyms", [str(number) for number in range(40)]),
        ("synonyms", ["x" * 100]),
        ("materials/0/usual_pages", 10),
        ("materials/0/usual_pages", 1),
        ("materials/0/material_id", "a" * 40),
        ("limits/legal_time_limit/value", 3650),
        ("limits/promised_working_days", 0),
        (f"{FIELD}/maxLength", 300),
        (f"{FIELD}/title", {"zh-CN": "文" * 500, "en": "x"}),
        (f"{FIELD}/x-occasion", True),
    ],
    ids=lambda one: str(one)[:30],
)
def test_what_is_at_its_limit_is_no_fault(path: str, value: object) -> None:
    new = sections()
    put(path, value)(new)
    assert told(new) == []


def number(**rules: object) -> dict[str, Any]:
    return {"title": TEXT, "type": "integer", "examples": [1], **rules}


@pytest.mark.parametrize(
    ("field", "pointer", "code"),
    [
        (number(minimum=1), "", "required"),
        (number(minimum=True, maximum=2), "", "required"),
        (number(minimum=2, maximum=2), "/maximum", "out_of_range"),
        (number(minimum=2, maximum=3), "/examples/0", "example"),
        (number(minimum=1, maximum=2, examples=[1, 3]), "/examples/1", "example"),
        ({**number(const=False), "type": "boolean"}, "/const", "not_one_of"),
    ],
)
def test_numbers_and_declarations_have_their_rules(
    field: dict[str, Any], pointer: str, code: str
) -> None:
    new = sections()
    put("form/properties/more", field)(new)
    assert told(new) == [(f"/form/properties/more{pointer}", code)]


def test_everything_wrong_is_told_at_once_and_nothing_of_what_stays() -> None:
    new = sections()
    for path, value in (("fee/cents", -1), ("materials/0/usual_pages", 99), ("form/type", "x")):
        put(path, value)(new)
    found = [pointer for pointer, _ in told(new)]
    assert found == ["/fee/cents", "/materials/0/usual_pages", "/form/type"]
    put("synonyms", ["x" * 70_000])(new)
    assert told(new) == [("", "too_long")]


def test_what_departments_machines_and_registers_see_stays_theirs() -> None:
    new = sections(RESTAURANT)
    new["materials"].pop()
    new["form"]["properties"]["more"] = number(minimum=0, maximum=2)
    new["limits"]["promised_working_days"] += 1
    assert set(told(new, RESTAURANT)) == {
        ("/limits/promised_working_days", "not_as_parts"),
        ("/materials", "not_in_parts"),
        ("/form/properties", "not_in_parts"),
    }
    online = sections(ELDER)
    put("materials/0/original", "show")(online)
    assert told(online, ELDER) == [("/materials/0/original", "out_of_range")]
    ruled = sections("medical-remote-filing")
    ruled["form"]["properties"].pop("ends_on")
    ruled["form"]["allOf"] = [r for r in ruled["form"]["allOf"] if "ends_on" not in str(r)]
    assert ("/form", "does_not_fit") in told(ruled, "medical-remote-filing")
    paid = {**services()[RENEWAL], "prepaid": True}
    free = {"fee": {"cents": 0, "currency": "cny", "basis": None}}
    [wrong] = draft_checks.check(paid, free, draft_checks.Known(frozenset()), TODAY)
    assert (wrong.pointer, wrong.code) == ("/fee/cents", "required")


@pytest.mark.parametrize(
    ("said", "moment", "code"),
    [
        (None, None, None),
        ("2027-01-01", "2027-01-01T00:00:00+08:00", None),
        ("2026-12-01T01:00:01Z", "2026-12-01T09:00:01+08:00", None),
        ("2027-01-01T09:00:00.5+01:00", "2027-01-01T16:00:00+08:00", None),
        ("2026-12-01T01:00:00Z", "2026-12-01T09:00:00+08:00", "in_the_past"),
        ("2026-12-01", "2026-12-01T00:00:00+08:00", "in_the_past"),
        ("2029-12-31", "2029-12-31T00:00:00+08:00", "out_of_range"),
        ("2027-01-01T09:00:00", None, "format"),
        ("2027-02-30", None, "format"),
        ("tomorrow", None, "format"),
        ("", None, "format"),
    ],
)
def test_a_day_or_a_moment_to_come_is_read(
    said: str | None, moment: str | None, code: str | None
) -> None:
    found, errors = draft_checks.read_moment(said, NOW)
    assert (found.isoformat() if found else None) == moment
    assert [(e.pointer, e.code) for e in errors] == ([("/effective_from", code)] if code else [])


SAID: list[tuple[str, object, str, bool, str]] = [
    ("fee/cents", 3000, "/fee/cents", True, "Fee · amount: ¥20.00 → ¥30.00"),
    ("fee/basis", None, "/fee/basis", True, "Fee · basis: 发改价格〔2003〕2322号 → (none)"),
    ("limits/promised_working_days", 5, "", True, "Time limits · promised working days: 20 → 5"),
    ("materials/0/required", False, "/materials/old-id-card/required", True, "yes → no"),
    ("materials/0/also_called", ["a", "b"], "/materials/old-id-card/also_called", False, "a, b"),
    ("synonyms", ["x" * 200], "/synonyms", False, "x" * 160 + "…"),
    ("guide/contact_phone", "110", "", False, "Guide · telephone: 12345 → 110"),
    ("guide/audience", TEXT, "/guide/audience", False, " → text"),
    (f"{FIELD}/title", TEXT, "/form/properties/reason/title", True, " → text"),
    ("form/properties/more", number(), "", True, "Form · field · more: (none) → text"),
]


@pytest.mark.parametrize(
    ("path", "value", "pointer", "second", "words"), SAID, ids=[one[0] for one in SAID]
)
def test_a_change_has_a_place_and_plain_words(
    path: str,
    value: object,
    pointer: str,
    second: bool,
    words: str,
) -> None:
    old, new = sections(), sections()
    put(path, value)(new)
    [change] = changes_between(old, new)
    assert change.pointer == (pointer or f"/{path}")
    assert change.needs_second_person == second
    assert change.in_words("en").endswith(words)
    assert change.in_words("zh-CN") != change.in_words("en")
    kinds = {"form/properties/more": "added", "fee/basis": "removed"}
    assert change.kind == kinds.get(path, "changed")
    section = path.split("/", maxsplit=1)[0]
    assert sections_changed(old, new) == {section: new[section]}


def test_papers_are_known_by_their_ids_and_their_order_is_a_change() -> None:
    old, new = sections(), sections()
    new["materials"].reverse()
    [moved] = changes_between(old, new)
    assert (moved.pointer, moved.before) == ("/materials", ["old-id-card", "photo"])
    assert moved.needs_second_person
    gone = {**sections(), "materials": sections()["materials"][:1]}
    [taken] = changes_between(old, gone)
    assert (taken.pointer, taken.kind, taken.after) == ("/materials/photo", "removed", None)
    fields = new["form"]["properties"]
    moved_fields = {**sections()["form"], "properties": dict(reversed(fields.items()))}
    [order] = changes_between(old, {"form": moved_fields})
    assert order.pointer == "/form/properties"
    # The order in which a client writes anything else says nothing, and true is not 1.
    turned = {"fee": dict(reversed(old["fee"].items()))}
    assert sections_changed(old, turned) == {}
    one = sections()
    one["materials"][0]["required"] = 1
    assert list(sections_changed(old, one)) == ["materials"]


def test_what_is_left_out_of_guide_fee_or_limits_stays() -> None:
    now = sections()
    given = {"fee": {"cents": 1}, "form": {"title": 1}, "synonyms": []}
    over = laid_over(now, given)
    assert over["fee"] == {**now["fee"], "cents": 1}
    assert (over["form"], over["synonyms"]) == ({"title": 1}, [])
    assert laid_over({"guide": None}, {"guide": {"faq": []}}) == {"guide": {"faq": []}}


def fee(cents: int) -> dict[str, Any]:
    return {"fee": {"cents": cents, "currency": "cny", "basis": "令"}}


def test_what_is_published_for_later_holds_from_its_moment_on() -> None:
    service = services()[RENEWAL]
    january, march = (datetime(2027, month, 1, tzinfo=UTC) for month in (1, 3))
    later = published(service, fee(3000), 1, january, NOW)
    assert (version_of(service), version_of(later), moments([later])) == (0, 1, [january])

    def cents(one: Any, moment: datetime | None) -> int:
        return int(as_of(one, moment)["fee"]["cents"])

    second = timedelta(seconds=1)
    seen = [cents(later, at) for at in (None, NOW, january - second, january, march)]
    assert seen == [2000, 2000, 2000, 3000, 3000]
    # Other sections that hold at once leave it as it is; of one moment the last one holds.
    words = published(later, {"synonyms": ["x"]}, 2, NOW, NOW)
    assert (words["also_called"], cents(words, NOW), cents(words, january)) == (["x"], 2000, 3000)
    again = published(words, fee(4000), 3, january, NOW)
    assert [cents(again, at) for at in (NOW, january)] == [2000, 4000]
    # What has begun is laid over for good by the next version.
    spring = published(again, fee(5000), 4, march, january)
    assert (spring["fee"]["cents"], moments([spring])) == (4000, [march])
    assert as_of(spring, march).get("scheduled") is None
    assert state_of(later) != state_of(service)
    assert revision_of(later) == revision_of(service)
    assert revision_of(as_of(later, january)) != revision_of(service)
    guide = published(service, {"guide": sections()["guide"]}, 1, january, NOW)
    assert as_of(guide, january)["guide"]["updated_on"] == "2027-01-01"


def test_a_timeline_turns_at_its_moments() -> None:
    first, then = (Catalogue(name, {}, {}) for name in "ab")
    timeline = Timeline("v", (NOW,), (first, then))
    assert timeline.at(NOW - timedelta(microseconds=1)) is first
    assert timeline.at(NOW) is then


def drafted(changed: dict[str, Any], effective_from: datetime | None = None) -> Desk:
    service = services()[RENEWAL]
    draft = Draft(RENEWAL).edited(changed, effective_from, state_of(service), "staff:a", NOW)
    return Desk(draft, "v1", [service], [])


def test_a_publication_has_all_that_its_readers_need() -> None:
    later = NOW + timedelta(days=30)
    desk = drafted(fee(3000), later)
    word = Word("publish", "staff:b", NOW, "新标准")
    desk = Desk(desk.draft.submitted(word), "v1", desk.services, [])
    decision = publication(desk, "staff:c", NOW)
    made = decision.effects
    assert made is not None
    assert [one["fee"]["cents"] for one in made.revisions] == [2000, 3000]
    assert (made.published.number, made.published.reason) == (1, "新标准")
    assert [one.pointer for one in made.published.changes] == ["/fee/cents", "/fee/basis"]
    assert decision.new.draft.status == "none"
    facts = decision.events[0].facts
    assert (facts["sections"], facts["effective_from"]) == ("fee", "2026-12-31T09:00:00+08:00")
    # Approved too late it holds at once.
    late = publication(desk, "staff:c", later + timedelta(hours=1)).effects
    assert late is not None
    assert late.services[0]["fee"]["cents"] == 3000
    assert "scheduled" not in late.services[0]


def test_at_most_four_versions_wait_for_their_day() -> None:
    service: Any = services()[RENEWAL]
    for number_ in range(4):
        assert check(Desk(Draft(RENEWAL), "v", [service], []), fee(1), NOW) == []
        service = published(
            service, fee(number_), number_ + 1, NOW + timedelta(days=number_ + 1), NOW
        )
    [wrong] = check(Desk(Draft(RENEWAL), "v", [service], []), fee(1), NOW)
    assert (wrong.pointer, wrong.code) == ("/effective_from", "too_many")


def test_a_desk_shows_the_service_as_it_will_be_and_whether_it_changed_since() -> None:
    later = NOW + timedelta(days=30)
    desk = drafted(fee(3000), later)
    assert desk.subject_id == f"guide:{RENEWAL}"
    assert (desk.head, desk.ledger, desk.service) == (Head(), (), services()[RENEWAL])
    assert desk.before(NOW)["fee"]["cents"] == 2000
    assert [one.pointer for one in desk.changes(NOW)] == ["/fee/cents", "/fee/basis"]
    assert not desk.is_outdated
    # Published meanwhile for a day before it: that is what it would replace.
    sooner = published(desk.service, fee(2500), 1, NOW + timedelta(days=1), NOW)
    behind = Desk(desk.draft, "v2", [sooner], [])
    assert behind.is_outdated
    assert behind.before(NOW)["fee"]["cents"] == 2500
    assert not Desk(Draft(RENEWAL), "v2", [sooner], []).is_outdated
    decision = decided(desk, desk.draft.ended(), "guide.drafted", ["fee", "form"], "why")
    assert decision.events[0].facts == {"service": RENEWAL, "sections": "fee,form", "reason": "why"}
    assert "reason" not in decided(desk, desk.draft, "guide.drafted", []).events[0].facts
    assert decision.new.draft.status == "none"


def test_a_draft_is_where_it_is_and_not_approved_by_who_wrote_it() -> None:
    draft = drafted(fee(1)).draft
    with pytest.raises(WrongStatus):
        draft.check("submitted")
    with pytest.raises(StaleVersion):
        draft.check("draft", base="another")
    with pytest.raises(StaleVersion):
        draft.check("draft", version=7)
    draft.check("draft", base=draft.base, version=0)
    submitted = draft.submitted(Word("publish", "staff:b", NOW, ""))

    def word(by: str, *same: str) -> Word:
        return Word("publish", by, NOW, "", lambda other: other in same)

    for one in (word("staff:a"), word("staff:b"), word("staff:c", "staff:a")):
        with pytest.raises(SecondPersonNeeded):
            submitted.check_second(one)
    submitted.check_second(word("staff:c"))
    assert submitted.edited({}, None, "", "staff:d", NOW).asked is None
