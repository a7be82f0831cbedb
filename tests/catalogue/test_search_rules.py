"""What search makes of a query, term by term, in a catalogue of a few services."""

from typing import Any

import pytest

from chalicelib.catalogue.domain import Service
from chalicelib.catalogue.domain.search import SearchIndex
from chalicelib.catalogue.domain.search_text import core_of, phrases, plain, sounds, terms, words
from tests.catalogue.world import service


def named(id_: str, zh: str, en: str, **more: Any) -> Service:
    return service(id=id_, name={"zh-CN": zh, "en": en}, **more)


def paper(zh: str, en: str) -> dict[str, Any]:
    return {"id": en, "name": {"zh-CN": zh, "en": en}, "required": True}


HOME = named("home", "住房补贴", "Housing subsidy", category="housing")
PASSPORT = named(
    "passport", "护照签发", "Passport issue", also_called=["出国本"], category="exit-entry"
)
CARD = named("card", "身份证换领", "Identity card", materials=[paper("护照", "Old passport")])
TRAVEL = named("travel", "港澳通行证", "Permit for travel", life_events=["travel"])
INDEX = SearchIndex([HOME, PASSPORT, CARD, TRAVEL])


def found(query: str, category: str | None = None) -> list[tuple[str, str]]:
    return [(hit.service.service_id, hit.match) for hit in INDEX.find(query, category)]


@pytest.mark.parametrize(
    ("query", "category", "hits"),
    [
        ("", None, [(one, "exact") for one in ("home", "passport", "card", "travel")]),
        ("  ", "housing", [("home", "exact")]),
        ("", "family", []),
        # A name stands before a paper of that name.
        ("护照", None, [("passport", "exact"), ("card", "exact")]),
        ("护照", "identity", [("card", "exact")]),
        ("passports", None, [("passport", "exact"), ("card", "exact")]),
        ("出国本", None, [("passport", "exact")]),
        ("我想办护照", None, [("passport", "exact"), ("card", "exact")]),
        # A life event's words and a category's count too.
        ("出国", None, [("passport", "exact"), ("travel", "exact")]),
        ("exit", None, [("passport", "exact")]),
        # What lacks a term is near.
        ("护照补贴", None, [(one, "near") for one in ("home", "passport", "card")]),
        ("护照火星", None, [("passport", "near"), ("card", "near")]),
        ("火星", None, []),
        ("zzz", None, []),
    ],
)
def test_a_query_finds_what_has_its_terms(
    query: str, category: str | None, hits: list[tuple[str, str]]
) -> None:
    assert sorted(found(query, category)) == sorted(hits)
    if query == "护照":
        assert found(query, category) == hits


@pytest.mark.parametrize(
    ("query", "first"),
    [
        # A misspelt word of four letters or more; three are too few.
        ("pasport", "passport"),
        ("pass", "passport"),
        ("pas", "passport"),
        ("idenity", "card"),
        ("subsdy", "home"),
        ("crd", None),
        # Pinyin whole, from the beginning of a syllable, and by initials.
        ("huzhao", "passport"),
        ("zhaoqian", "passport"),
        ("uzhao", None),
        ("hzqf", "passport"),
        ("zf", "home"),
        ("z", None),
        # By its sound, where other characters were typed.
        ("互照", "passport"),
        ("户照千发", "passport"),
    ],
)
def test_letters_and_sounds_are_read_as_meant(query: str, first: str | None) -> None:
    hits = found(query)
    assert (hits[0][0] if hits else None) == first


def test_three_names_are_suggested_the_likest_first() -> None:
    assert INDEX.suggestions("护照办理")[0] == "护照签发"
    assert len(INDEX.suggestions("")) == 3
    assert len(set(INDEX.suggestions("zzz"))) == 3
    assert SearchIndex([]).suggestions("护照") == []
    assert SearchIndex([]).find("护照", None) == []


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("ＡＢＣ", "abc"),
        ("護照", "护照"),
        ("Ⅳ", "iv"),
        ("身份證", "身份证"),
    ],
)
def test_what_makes_no_difference_is_left_out(text: str, same: str) -> None:
    assert plain(text) == same


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("cards", ["card"]),
        ("class", ["class"]),
        ("gas", ["gas"]),
        ("news", ["new"]),
        ("licenses license", ["licence", "licence"]),
        ("a1-b2", ["a1", "b2"]),
        ("护照", []),
    ],
)
def test_words_are_read_in_their_singular(text: str, read: list[str]) -> None:
    assert words(text) == read


@pytest.mark.parametrize(
    ("query", "core"),
    [
        ("我想办护照", "护照"),
        ("护照怎么办理", "护照"),
        ("how do i get a passport", "passport"),
        ("怎么办", "怎么办"),
        ("how", "how"),
        ("换 驾照 where", "换 驾照"),
    ],
)
def test_fillers_are_left_out_where_something_else_is_said(query: str, core: str) -> None:
    assert core_of(query) == core


def test_terms_are_words_characters_and_pairs() -> None:
    assert terms("护照a") == ["a", "护照", "护", "照"]
    assert terms("护照本") == ["护照", "照本", "护", "照", "本"]
    assert terms("护") == ["护"]
    assert phrases(" 护 照  a 本 ") == "护照  a 本"
    assert sounds("护照a") == ("hu", "zhao")
    assert sounds("abc") == ()
