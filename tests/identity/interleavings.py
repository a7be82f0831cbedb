"""Two phones of one person under random interleavings of what may happen to their accounts.

They ask to be joined, are joined, parted, undone and erased, and clerks take one over, while both
book and cancel; any call of the database may be the last one of a request. At the end seats and
guards say what the appointments say, and each person has at most one account of record.
"""

import contextlib
import itertools
from collections.abc import Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from chalicelib.appointments import storage as appointments
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.jobs import release
from chalicelib.appointments.service.booking_limits import guard_of
from chalicelib.core import dependencies
from chalicelib.identity import storage
from tests.appointments.world import book, new_slot, seats
from tests.identity.joining_world import city_staff, verify
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, before_call, crash_after
from tests.support.people import Citizen, id_number, new_code
from tests.support.signing import Unsigned, may_leave

# A day for each example, as limits count by the day and source.
DAYS = itertools.count()
PHONES = st.integers(0, 1)
SLOTS = st.integers(0, 2)
SERVICES = ("id-card-renewal", "passport-issue")
# The calls of the database after which a request stops; most go on.
STOPS = st.one_of(st.none(), st.none(), st.integers(1, 14))


class Accounts(RuleBasedStateMachine):
    """A person with two phones."""

    client: ApiClient
    clock: TestClock

    @initialize()
    def two_phones(self) -> None:
        self.clock.set(MONDAY - timedelta(days=400 - next(DAYS)))
        self.number, self.links = id_number(), ["", ""]
        self.codes = [new_code(), new_code()]
        self.slots = [new_slot(3) for _ in range(3)]
        self.citizens: set[str] = set()
        self.people: list[Citizen | None] = [None, None]
        self.clerks = [city_staff(role) for role in ("clerk", "supervisor")]
        self.log_in(0)
        self.log_in(1)
        verify(self.client, self.phone(0), self.number)
        self.log_in(0)

    def log_in(self, phone: int) -> None:
        given = {"platform": "demo", "code": self.codes[phone]}
        answer = self.client.post("/v1/login", given)
        if answer.status == 403:
            # Whose log-in is frozen comes with another phone.
            assert answer.code == "account_frozen"
            self.codes[phone] = new_code()
            self.log_in(phone)
            return
        assert answer.status == 200, answer.body
        new = answer.json()
        who = Citizen(new["citizen"]["citizen_id"], new["access_token"], new["refresh_token"])
        self.people[phone] = who
        self.citizens.add(who.citizen_id)

    def phone(self, phone: int) -> Citizen:
        who = self.people[phone]
        assert who
        return who

    def call(self, phone: int, act: Callable[[Citizen], Answer], stop: int | None) -> Answer | None:
        """Do something by a phone, which logs in again where its log-in is over."""
        with contextlib.ExitStack() as trouble:
            if stop:
                trouble.enter_context(contextlib.suppress(Crash))
                trouble.enter_context(crash_after(stop))
            answer = act(self.phone(phone))
            assert answer.status < 500 or answer.status == 503, answer.body
            if answer.status == 401:
                self.log_in(phone)
            return answer
        return None

    @rule(phone=PHONES, slot=SLOTS, service=st.sampled_from(SERVICES), stop=STOPS)
    def book(self, phone: int, slot: int, service: str, stop: int | None) -> None:
        self.call(phone, lambda me: self.booked(me, slot, service), stop)

    def booked(self, me: Citizen, slot: int, service: str = SERVICES[0]) -> Answer:
        return book(self.client, me, self.slots[slot], service=service)

    @rule(phone=PHONES, number=st.integers(0, 3), stop=STOPS)
    def cancel(self, phone: int, number: int, stop: int | None) -> None:
        mine = self.active()
        if not mine:
            return
        path = f"/v1/appointments/{mine[number % len(mine)].appointment_id}/cancel"
        self.call(phone, lambda me: self.client.post(path, {}, token=me.token), stop)

    @rule(phone=PHONES, stop=STOPS)
    def verify(self, phone: int, stop: int | None) -> None:
        answer = self.call(phone, lambda me: verify(self.client, me, self.number), stop)
        if answer and answer.status == 409 and answer.code == "person_known":
            self.links[phone] = answer.json()["link_id"]

    @rule(phone=PHONES, slot=SLOTS, between=st.integers(1, 16), stop=STOPS)
    def join(self, phone: int, slot: int, between: int, stop: int | None) -> None:
        """Join a phone to the other one, while both book the same slot."""
        other = self.phone(1 - phone)
        made = self.client.post("/v1/me/link-codes", {}, token=other.token)
        if made.status != 201:
            return

        def joined(me: Citizen) -> Answer:
            path, body = f"/v1/me/links/{self.links[phone] or 'x'}", made.json()
            return self.client.post(path, {"code": body["code"]}, token=me.token)

        def both_book() -> None:
            for one in (self.phone(phone), other):
                self.booked(one, slot)

        with before_call(between, both_book):
            self.call(phone, joined, stop)

    @rule(phone=PHONES, stop=STOPS)
    def part(self, phone: int, stop: int | None) -> None:
        listed = self.client.get("/v1/me/accounts", token=self.phone(phone).token)
        if listed.status != 200:
            self.log_in(phone)
            return
        for one in listed.json()["items"]:
            path = f"/v1/me/accounts/{one['account_id']}"
            if not one["of_record"]:
                self.call(phone, lambda me: self.client.delete(path, token=me.token), stop)  # noqa: B023 - called at once.

    @rule(phone=PHONES, other=PHONES, stop=STOPS)
    def undo(self, phone: int, other: int, stop: int | None) -> None:
        path = f"/v1/me/links/{self.links[other] or 'x'}/undo"
        self.call(phone, lambda me: self.client.post(path, {}, token=me.token), stop)

    @rule(phone=PHONES, stop=STOPS)
    def take_over(self, phone: int, stop: int | None) -> None:
        for clerk in self.clerks:
            path, body = f"/v1/admin/links/{self.links[phone] or 'x'}/confirm", {"reason": "seen"}
            self.call(phone, lambda _: self.client.post(path, body, token=clerk), stop)  # noqa: B023 - called at once.

    @rule(phone=PHONES, stop=STOPS)
    def erase(self, phone: int, stop: int | None) -> None:
        # Signed before, so that what is cut short is the leaving.
        client, headers = Unsigned(), may_leave(self.client, self.phone(phone).token)
        self.call(phone, lambda me: client.delete("/v1/me", token=me.token, headers=headers), stop)

    @rule(phone=PHONES)
    def come_again(self, phone: int) -> None:
        self.log_in(phone)

    def active(self) -> list[Appointment]:
        booked = (one for who in sorted(self.citizens) for one in appointments.list_of(who))
        return [one for one in booked if one.active]

    def teardown(self) -> None:
        """Let the timer give back what was cut short, and compare."""
        if not hasattr(self, "slots"):
            return
        self.clock.advance(3600)
        release.release_expired(dependencies.clock().now())
        active = self.active()
        for slot in self.slots:
            assert seats(slot) == {one.seat_id for one in active if one.slot.slot_id == slot}
        self.guards_agree(active)
        self.accounts_agree()

    def guards_agree(self, active: list[Appointment]) -> None:
        profiles = filter(None, map(storage.load_profile, self.citizens))
        names = self.citizens | {one.person for one in active}
        names |= {profile.person for profile in profiles if profile.person}
        for name in names:
            guard, known_as = guard_of(name)
            if len(known_as) > 1:
                # What was an account's own is counted by the person whom it is known to be.
                continue
            counted = [one for one in active if guard_of(one.person)[1][-1] == name]
            assert guard.services == {one.service_id for one in counted}, (name, guard, counted)
            assert guard.times == frozenset().union(*(one.times for one in counted))

    def accounts_agree(self) -> None:
        for who in self.citizens:
            profile = storage.load_profile(who)
            assert profile
            if profile.joined:
                owner = storage.load_profile(profile.joined.of_record)
                assert owner
                assert not owner.erased
                links = [
                    one.link_id for one in storage.list_links(owner.citizen_id) if not one.ended
                ]
                assert profile.joined.link_id in links
            if profile.person and not profile.erased:
                assert storage.find_of_record(profile.person) == who
