"""What one said about a purpose: the last word holds, and all that was said stays on record."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.identity.consents.domain import Consent, Word

AT = datetime(2027, 3, 1, 1, tzinfo=UTC)
WORDS = st.lists(st.tuples(st.sampled_from(["1", "2", 2]), st.booleans()), max_size=120)


@settings(max_examples=60)
@given(WORDS)
def test_the_last_word_holds_and_the_same_again_changes_nothing(
    said: list[tuple[str | int, bool]],
) -> None:
    consent, expected = Consent("place"), list[tuple[str | int, bool]]()
    for number, (version, agreed) in enumerate(said):
        new = consent.said(Word(version, agreed, AT + timedelta(seconds=number)))
        if expected and expected[-1] == (version, agreed):
            assert new is consent
        else:
            expected.append((version, agreed))
            assert new.last.at == AT + timedelta(seconds=number)
        consent = new
    assert [(one.version, one.given) for one in consent.words] == expected[-50:]


def test_a_purpose_of_which_nothing_was_said_has_no_words() -> None:
    new = Consent("place")
    assert (new.words, new.revision, new.ledger) == ((), 0, ())
    assert new.said(Word(1, False, AT)).words == (Word(1, False, AT),)


def test_another_version_is_asked_anew_and_a_no_takes_back_a_yes() -> None:
    agreed = Consent("place").said(Word(1, True, AT))
    assert agreed.said(Word(1, True, AT + timedelta(days=1))) is agreed
    assert agreed.said(Word(2, True, AT)).last == Word(2, True, AT)
    taken_back = agreed.said(Word(1, False, AT))
    assert (taken_back.last.given, len(taken_back.words)) == (False, 2)
    # What a text calls its versions by is its own: 1 is not "1".
    assert len(agreed.said(Word("1", True, AT)).words) == 2


def test_the_newest_fifty_words_stay() -> None:
    consent = Consent("place")
    for number in range(60):
        consent = consent.said(Word(number, True, AT))
        assert len(consent.words) == min(number + 1, 50)
    assert [one.version for one in consent.words] == list(range(10, 60))
