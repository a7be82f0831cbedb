"""Cases: lodged, corrected, decided by people, machines and departments, paid, brought, rated."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from infra.local.city import days
from infra.local.city.kinds import (
    BABY,
    ELDER,
    FILING,
    ID_CARD,
    LICENCE,
    PASSPORT,
    PERMIT,
    RECORD,
    RESTAURANT,
    TRADER,
    Kind,
)
from infra.local.city.stories import Story

HALLS: Final = ("hall-330212", "hall-330212", "hall-330281", "hall-330282", "hall-330200")
_STEP: Final = "/v1/admin/cases/{case_id}/"
_MINUTE: Final = timedelta(minutes=1)
_METHODS: Final = ("wechat_pay", "alipay", "card")
_COMMENTS: Final = (
    "一次都没跑",
    "进度随时能查，放心",
    "比承诺的还快",
    "材料要求可以再说清楚些",
    "",
)
_ON_THE_WAY: Final = ("accepted", "picked_up", "in_transit", "out_for_delivery", "delivered")


# What is over: whole walks, and the other ends.
_OVER: Final = (
    *((ID_CARD, "completed"), (FILING, "completed"), (ID_CARD, "completed")) * 3,
    *((RECORD, "completed"), (LICENCE, "completed"), (ELDER, "completed")),
    *((PERMIT, "completed"), (TRADER, "completed"), (RESTAURANT, "completed")),
    *((ID_CARD, "corrected"), (FILING, "completed"), (BABY, "completed")),
    *((TRADER, "rejected"), (PERMIT, "declined"), (LICENCE, "refunded"), (ID_CARD, "withdrawn")),
)
# What is still on its way at the end, newest last; one of them is late.
OPEN: Final = (
    *((RECORD, "late"), (ID_CARD, "under_review"), (PERMIT, "correction_requested")),
    *((ID_CARD, "accepted"), (RESTAURANT, "parts"), (ID_CARD, "approved"), (LICENCE, "issued")),
    *((PERMIT, "under_review"), (RESTAURANT, "parts"), (ELDER, "issued"), (ELDER, "approved")),
    *((PASSPORT, "refund_asked"), (ID_CARD, "unpaid"), (PERMIT, "submitted")),
    *((TRADER, "submitted"), (PERMIT, "accepted")),
)
Walk = Callable[["Case", str], None]


class Case:
    """One case as it is planned: each step later than the one before, in office hours."""

    def __init__(  # noqa: PLR0913 - a case has these facts.
        self, chance: Random, story: Story, kind: Kind, who: str, hall: str, day: date
    ) -> None:
        """Lodge it on a day's evening, or in the morning what is decided the same day."""
        self.chance, self.story, self.kind, self.who, self.hall = chance, story, kind, who, hall
        at_once = kind.quick == "same_day"
        self.now = days.morning(chance, day) if at_once else days.evening(chance, day)
        self._is_begun = at_once
        self.story.add(self.now, "log_in", self.who, {"real_name": True})
        wanted = {"service_id": self.kind.service, "office_id": self.hall}
        wanted |= {"address": "own"} if self.kind.courier else {}
        self.story.add(self.now + 4 * _MINUTE, "lodge", self.who, wanted)
        self.now += 5 * _MINUTE
        if self.kind.machine:
            # Which decides at once.
            self._look("/v1/cases/{case_id}")

    def pay(self, outcome: str = "pay", method: str = "") -> None:
        """Pay its fee, or refuse in the wallet."""
        self.now += 2 * _MINUTE
        asked = {
            "subject": {"case_id": "{case_id}"},
            "outcome": outcome,
            "method": method or self.chance.choice(_METHODS),
        }
        self.story.add(self.now, "pay", self.who, asked)

    def step(self, name: str, by: str = "clerk", *, later: bool = True, **body: Any) -> None:
        """Let staff take a step, on a later working day or some minutes later."""
        if later and not (self.kind.quick and self._is_begun):
            next_day = days.working_day_after(self.now.date(), 1)
            self.now = days.in_office(self.chance, next_day)
        else:
            self.now += self.chance.randint(4, 25) * _MINUTE
            if self.now.time() > days.HOURS[-1][-1]:
                next_day = days.working_day_after(self.now.date(), 1)
                self.now = days.morning(self.chance, next_day)
        self._is_begun = True
        self.story.send(self.now, by, f"{_STEP}{name}", body)

    def see_originals(self) -> None:
        """Let a clerk see the papers that are brought to the hall."""
        if self.kind.originals:
            items = [{"material_id": one, "status": "checked"} for one in self.kind.originals]
            self.step("originals", later=False, items=items)

    def bring(self, count: int) -> None:
        """Let the courier report so many states of the parcel."""
        self.now += _MINUTE
        self._look("/v1/cases/{case_id}", "delivery_id")
        # Whom the parcel is for tells the courier a code at the door.
        self._look("/v1/deliveries/{delivery_id}", "proof_code")
        for status in _ON_THE_WAY[:count]:
            self.now += timedelta(hours=self.chance.randint(3, 14))
            body = {"status": status}
            body |= {"proof_code": "{proof_code}"} if status == "delivered" else {}
            facts = {"path": "courier/{delivery_id}", "body": body}
            self.story.add(self.now, "stand_in", "", facts)

    def _look(self, path: str, *keep: str) -> None:
        facts = {"path": path, "keep": keep}
        self.story.add(self.now, "look", self.who, facts, waits=True)

    def rate(self) -> None:
        """Let the citizen say how it was, as two of three do."""
        if self.chance.random() < 0.7:  # noqa: PLR2004 - two of three do.
            score = self.chance.choice((5, 5, 5, 5, 4, 4, 3, 2))
            body = {
                "score": score,
                "trips_made": 1 if self.kind.originals else 0,
                "comment": self.chance.choice(_COMMENTS),
            }
            moment = days.evening(self.chance, self.now.date() + timedelta(days=1))
            path = "/v1/cases/{case_id}/rating"
            self.story.send(moment, self.who, path, body, waits=True)

    def decide_parts(self, count: int | None = None) -> None:
        """Let departments decide so many of the parts; the whole is approved with the last."""
        for part_id, department in self.kind.parts[:count]:
            self.step(f"parts/{part_id}/approve", f"dept-{department}")


def past(chance: Random, open_days: Sequence[date], people: Sequence[str]) -> Iterator[Story]:
    """Yield the cases that are over, a person each, lodged in all but the last two weeks."""
    early = open_days[: max(1, len(open_days) - 10)]
    for number, who in enumerate(people):
        kind, outcome = _OVER[number % len(_OVER)]
        day = early[number * len(early) // len(people)]
        case = Case(chance, Story(f"case-{number}", outcome), kind, who, chance.choice(HALLS), day)
        _WALKS.get(outcome, complete)(case, outcome)
        yield case.story


def running(chance: Random, open_days: Sequence[date], people: Sequence[str]) -> Iterator[Story]:
    """Yield the cases that are under way at the end, lodged in the last days.

    What staff do of one that came in an evening, they do on the working day after it.
    """
    late = open_days[-9:-1]
    for number, who in enumerate(people[: len(OPEN)]):
        kind, outcome = OPEN[number]
        day = late[number * len(late) // len(OPEN)]
        hall = HALLS[number % len(HALLS)]
        story = Story(f"open-{number}", outcome, needed=True)
        case = Case(chance, story, kind, who, hall, day)
        stop_at(case, outcome)
        yield case.story


def for_elderly(number: int, *, of_open: bool) -> bool:
    """Tell whether the case of a number is one for people over sixty."""
    return (OPEN[number % len(OPEN)] if of_open else _OVER[number % len(_OVER)])[0].elderly


def decide(case: Case) -> None:
    """Walk a case to its approval, by two members of staff where a person decides."""
    if case.kind.machine:
        return
    case.step("claim")
    case.step("accept", later=False)
    if case.kind.parts:
        case.see_originals()
        case.decide_parts()
        return
    case.step("review")
    case.see_originals()
    case.step("approve", "supervisor", later=False)


def complete(case: Case, _outcome: str) -> None:
    """Walk a case to its end, and rate it."""
    if case.kind.fee:
        case.pay()
    decide(case)
    case.step("issue")
    if case.kind.courier:
        case.bring(len(_ON_THE_WAY))
    else:
        case.step("complete", later=False)
    case.rate()


def correct(case: Case, outcome: str) -> None:
    """Let a correction be asked for and answered before the rest."""
    ask_correction(case)
    case.now = days.evening(case.chance, case.now.date())
    body = {"form": {"needs_temporary_card": True}}
    case.story.send(case.now, case.who, "/v1/cases/{case_id}/corrections", body)
    complete(case, outcome)


def ask_correction(case: Case) -> None:
    """Ask for something clearer."""
    items = [{"pointer": "/form/contact_phone", "detail": "电话打不通，请核对"}]
    case.step("request-correction", items=items)


def ask_for_person(case: Case) -> None:
    """Ask for a person's look at what a machine decided."""
    if case.kind.machine:
        body = {"reason": "想请工作人员再核对一下居住地址"}
        path = "/v1/cases/{case_id}/review-requests"
        case.story.send(case.now + 9 * _MINUTE, case.who, path, body, waits=True)


def refuse(case: Case, outcome: str) -> None:
    """Reject a case after its review, or decline to take it."""
    if outcome == "declined":
        case.step("decline", note="居住登记未满半年，暂不符合申领条件")
        return
    case.step("accept")
    case.step("review")
    case.step("reject", "supervisor", later=False, note="经营场所与证明材料不一致")


def refund(case: Case, outcome: str) -> None:
    """Complete a case and give its fee back, by two persons where the sum asks for it."""
    case.pay(method="card")
    decide(case)
    case.step("issue")
    case.bring(len(_ON_THE_WAY))
    body = {"reason": "重复收费，按规定退还"}
    case.now = days.in_office(case.chance, days.working_day_after(case.now.date(), 1))
    path = "/v1/admin/payments/{payment_id}/refunds"
    case.story.send(case.now, "supervisor", path, body)
    case.story.outcome = outcome


def withdraw(case: Case, _outcome: str) -> None:
    """Withdraw a case whose fee was paid: the money comes back by itself."""
    case.pay("refuse", "card")
    case.pay(method="card")
    body = {"reason": "户口迁出，不再办理"}
    path = "/v1/cases/{case_id}/withdraw"
    case.story.send(case.now + timedelta(hours=15), case.who, path, body)


def stop_at(case: Case, outcome: str) -> None:
    """Walk a case as far as the state in which the month leaves it."""
    if case.kind.fee and outcome != "unpaid":
        case.pay()
    match outcome:
        case "correction_requested":
            ask_correction(case)
        case "accepted" | "under_review":
            case.step("accept")
            if outcome == "under_review":
                case.step("review", later=False)
        case "approved":
            decide(case)
            ask_for_person(case)
        case "issued":
            decide(case)
            case.step("issue")
            case.bring(3)
        case "submitted":
            # Somebody is too fast, which is refused and noted as out of order.
            moment = days.in_office(case.chance, days.working_day_after(case.now.date(), 1))
            case.story.send(moment, "clerk2", f"{_STEP}approve", refused="wrong_status")
        case "refund_asked":
            # A second person has the last word.
            case.step("claim")
            body = {"reason": "家里人已经代缴，重复缴费"}
            moment = case.now + timedelta(minutes=9)
            case.story.send(moment, "clerk", "/v1/admin/payments/{payment_id}/refunds", body)
        case "parts":
            case.step("accept")
            case.decide_parts(1)


_WALKS: Final[dict[str, Walk]] = {
    "corrected": correct,
    "rejected": refuse,
    "declined": refuse,
    "refunded": refund,
    "withdrawn": withdraw,
}
