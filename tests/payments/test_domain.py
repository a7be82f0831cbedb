"""Whatever providers say, in whatever order: ends stay, and no more goes back than came."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.money import Money
from chalicelib.payments.domain import provider_state
from chalicelib.payments.domain.errors import NoSuchTransition, RefundTooLarge
from chalicelib.payments.domain.payments import Payment, Status, reserve
from chalicelib.payments.domain.provider_state import ProviderState
from chalicelib.payments.domain.refunds import Refund, RefundStatus
from tests.payments.conftest import MONDAY

FEE = Money(1000)
STATES = st.sampled_from(
    [
        ProviderState("unknown"),
        ProviderState("pending", "pi_1"),
        ProviderState("processing", "pi_1"),
        ProviderState("failed", "pi_1"),
        ProviderState("cancelled", "pi_1"),
        ProviderState("succeeded", "pi_1", FEE),
        ProviderState("succeeded", "pi_1", Money(999)),
        ProviderState("succeeded", "pi_1", Money(1000, "usd")),
    ]
)
STEPS = st.lists(
    st.one_of(
        st.tuples(STATES, st.sampled_from([None, Status.CANCELLED, Status.EXPIRED])),
        st.integers(0, 1200),
        st.sampled_from([RefundStatus.SUCCEEDED, RefundStatus.FAILED]),
    ),
    max_size=30,
)


def fresh() -> Payment:
    return Payment(
        "abcdefgh12345678", "case", "abcdefghcase", "passport-issue", "hall-330200", FEE, "card",
        "web", "stripe", MONDAY, MONDAY + timedelta(minutes=30),
    )  # fmt: skip


@given(STEPS)
def test_ends_stay_and_no_more_goes_back_than_came(steps: list[object]) -> None:
    payment, ended, number = fresh(), None, 0
    for step in steps:
        if isinstance(step, int):
            number += 1
            asked = Refund(f"refund{number}", step, "x", "staff:x", MONDAY)
            try:
                payment = reserve(payment, asked)
            except RefundTooLarge:
                assert not 0 < step <= payment.refundable
        elif isinstance(step, RefundStatus):
            for one in payment.refunds:
                if one.status is RefundStatus.PENDING:
                    payment = payment.with_refund(one.to(step, MONDAY))
        elif isinstance(step, tuple):
            payment = provider_state.apply(
                payment, step[0], MONDAY, account=None, end=step[1]
            ).payment
        assert payment.received in (0, FEE.cents)
        assert 0 <= payment.refunded + payment.refund_pending <= payment.received
        assert ended in (None, payment.status)
        ended = payment.status if payment.finished else None


def test_a_refunds_end_stays() -> None:
    done = Refund("r", 1, "x", "y", MONDAY).to(RefundStatus.SUCCEEDED, MONDAY)
    returned = done.to(RefundStatus.FAILED, MONDAY)
    assert (done.returned, returned.returned) == (False, True)
    for status in RefundStatus:
        with pytest.raises(NoSuchTransition):
            returned.to(status, MONDAY)


def test_no_sdk_is_imported_until_it_is_used() -> None:
    code = (
        "import sys, app; from functions import entry; entry.follow_up;"
        "print(sorted({'stripe', 'wechatpayv3', 'fpdf', 'requests', 'segno'} & set(sys.modules)))"
    )
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"
