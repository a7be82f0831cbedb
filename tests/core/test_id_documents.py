"""Documents beyond the resident identity card: recognised, checked, masked, one person each."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.countries import alpha_3
from chalicelib.core.errors import InvalidRequest
from chalicelib.core.id_documents import (
    DOCUMENT_TYPES,
    Document,
    document_of,
    fields_of,
    read_document,
)
from tests.support.people import id_number

TODAY = date(2026, 12, 1)
GB_11643 = {
    "resident_id": ("110105", "330203", "659004", "710000"),
    "hk_macao_residence_permit": ("810000", "820000"),
    "taiwan_residence_permit": ("830000",),
    "foreign_permanent_residence": ("911840", "933276"),
}
OTHERS = {
    "foreign_permanent_residence": ("DEU310059120617", "USA110087010012"),
    "passport": ("E12345678", "EA1234567", "C01X00T47", "123456789", "PA1234567", "AB12345"),
    "hk_macao_travel_permit": ("H12345678", "M00000001", "H1234567801"),
    "taiwan_travel_permit": ("12345678", "0123456701", "0123456701B"),
}
EXAMPLES = [
    *((kind, id_number(area)) for kind, areas in GB_11643.items() for area in areas),
    *((kind, number) for kind, numbers in OTHERS.items() for number in numbers),
]
# A test has one name in all processes that run tests together, whatever the number is.
NAMES = [f"{kind} {place}" for place, (kind, _) in enumerate(EXAMPLES)]


@pytest.mark.parametrize(("kind", "number"), EXAMPLES, ids=NAMES)
def test_a_document_is_recognised_by_its_number(kind: str, number: str) -> None:
    assert read_document(number, TODAY).document_type == kind
    assert {kind for kind, _ in EXAMPLES} == set(DOCUMENT_TYPES)


@pytest.mark.parametrize(("kind", "number"), EXAMPLES, ids=NAMES)
def test_a_type_takes_its_own_numbers_alone(kind: str, number: str) -> None:
    for named in DOCUMENT_TYPES:
        # A permit's number may be some passport's too, and whoever says so is believed.
        if named == kind or (named == "passport" and 6 <= len(number) <= 9):
            assert read_document(number, TODAY, named).document_type == named
            continue
        with pytest.raises(InvalidRequest) as refused:
            read_document(number, TODAY, named)
        assert [(e.pointer, e.code) for e in refused.value.errors] == [
            ("/id_number", "id_number_format")
        ]


@pytest.mark.parametrize(
    ("given", "kind", "number"),
    [
        (" ３３０２０３ 19850307 ", "", ""),
        ("h 1234-5678", "hk_macao_travel_permit", "H12345678"),
        ("01234567 01（b）", "taiwan_travel_permit", "0123456701B"),
        ("ｅ12345678", "passport", "E12345678"),
        ("deu 3100 591206 17", "foreign_permanent_residence", "DEU310059120617"),
    ],
)
def test_a_number_is_read_as_it_is_typed(given: str, kind: str, number: str) -> None:
    if not kind:
        with pytest.raises(InvalidRequest):
            read_document(given, TODAY)
        return
    read = read_document(given, TODAY)
    assert (read.document_type, read.number) == (kind, number)


@given(st.text(max_size=24), st.none() | st.sampled_from(DOCUMENT_TYPES), st.text(max_size=4))
def test_whatever_is_typed_is_read_or_refused(given: str, kind: None, country: str) -> None:
    try:
        read = read_document(given, TODAY, kind, country)
    except InvalidRequest:
        return
    assert read_document(read.number, TODAY, read.document_type, read.country) == read


@pytest.mark.parametrize("area", [a for areas in GB_11643.values() for a in areas])
@given(st.integers(6, 16), st.integers(1, 9))
def test_a_wrong_digit_is_caught_in_all_of_gb_11643(area: str, place: int, shift: int) -> None:
    number = id_number(area)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(InvalidRequest) as refused:
        read_document(wrong, TODAY)
    (error,) = refused.value.errors
    assert error.code in {"id_number_checksum", "id_number_date"}


@pytest.mark.parametrize(("kind", "number"), EXAMPLES, ids=NAMES)
def test_a_masked_number_hides_more_than_it_shows(kind: str, number: str) -> None:
    masked = read_document(number, TODAY).masked
    assert len(masked) == len(number)
    assert masked.count("*") * 2 >= len(number)
    assert all(m in ("*", n) for m, n in zip(masked, number, strict=True))


def test_each_kind_is_masked_by_its_own_rule() -> None:
    shown = {
        Document("resident_id", "33020319850307123X").masked: "330***********123X",
        Document("passport", "E12345678").masked: "E******78",
        Document("hk_macao_travel_permit", "H12345678").masked: "H*****678",
        Document("taiwan_travel_permit", "12345678").masked: "1****678",
        Document("foreign_permanent_residence", "DEU310059120617").masked: "DEU********0617",
    }
    assert list(shown) == list(shown.values())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("H12345678", "H1234567802"),
        ("12345678", "1234567801"),
        ("1234567801A", "1234567802"),
    ],
)
def test_a_renewed_permit_is_the_same_persons(one: str, other: str) -> None:
    assert read_document(one, TODAY).person_key == read_document(other, TODAY).person_key


def test_no_two_documents_stand_for_one_person() -> None:
    passports = [Document("passport", "123456789", code) for code in ("", "USA", "GBR")]
    others = [Document("taiwan_travel_permit", "12345678"), Document("passport", "12345678")]
    keys = [one.person_key for one in (*passports, *others)]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("area", [a for areas in GB_11643.values() for a in areas])
def test_a_number_of_gb_11643_stands_for_itself(area: str) -> None:
    # What persons are counted by must not change.
    number = id_number(area)
    assert read_document(number, TODAY).person_key == number


@pytest.mark.parametrize(
    ("number", "kind", "country", "seen"),
    [
        ("C01X00T47", None, "de", "DEU"),
        ("C01X00T47", None, "D", "DEU"),
        ("C01X00T47", "passport", "DEU", "DEU"),
        ("12345678", None, "AU", "AUS"),
        ("H12345678", None, "FRA", "FRA"),
        ("E12345678", None, "CN", "CHN"),
        ("AA1234567", None, "XXA", "XXA"),
    ],
)
def test_a_country_has_one_code_and_makes_it_a_passport(
    number: str, kind: None, country: str, seen: str
) -> None:
    read = read_document(number, TODAY, kind, country)
    assert (read.document_type, read.country) == ("passport", seen)


@pytest.mark.parametrize(
    ("number", "country", "pointer"),
    [
        ("C01X00T47", "ZZ", "/country"),
        ("C01X00T47", "QQQ", "/country"),
        pytest.param(id_number(), "DEU", "/country", id="a resident of another country"),
        ("1234567", "CHN", "/id_number"),
        ("C01X00T47", "CN", "/id_number"),
    ],
)
def test_a_country_that_cannot_be_is_refused(number: str, country: str, pointer: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_document(number, TODAY, None, country)
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_a_permit_is_of_where_it_is_given() -> None:
    assert read_document("H12345678", TODAY, None, "HK").document_type == "hk_macao_travel_permit"
    assert alpha_3("hk") == "HKG"


@pytest.mark.parametrize(("kind", "number"), EXAMPLES, ids=NAMES)
def test_what_is_kept_is_the_document_again(kind: str, number: str) -> None:
    document = read_document(number, TODAY)
    assert document_of(fields_of(document)) == document


def test_what_was_kept_without_a_type_is_a_resident_id() -> None:
    assert document_of({"id_number": "11010519491231002X"}).document_type == "resident_id"
