"""What search makes of a query, term by term, in a catalogue of a few services."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue.domain import Service
from chalicelib.catalogue.domain.search import SearchIndex
from chalicelib.catalogue.domain.search_sounds import SoundIndex
from chalicelib.catalogue.domain.search_text import (
    core_of,
    phrases,
    plain,
    sounds,
    spoken,
    synonyms,
    terms,
    words,
)
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
        ("permits", None, [(one, "exact") for one in ("passport", "travel")]),
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


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("駕照丟了怎么办", "驾驶证 丢"),
        ("驾 照 到期", "驾驶证 到期"),
        ("身份证换新的", "身份证 换"),
        ("给小囡上户口", "给孩子上户口"),
        ("开个火锅店", "开个饭店"),
        # What is part of another word is none of them.
        ("住房补贴", "住房补贴"),
        ("换乘", "换乘"),
        ("花了多少钱", "花 多少钱"),
        ("my stolen ID expired", "lost id renew"),
        ("old people card", "elderly card"),
        ("closed", "closed"),
    ],
)
def test_words_that_mean_the_same_are_one(said: str, same: str) -> None:
    assert spoken(said) == same


def test_no_word_is_said_to_mean_two_things() -> None:
    said = synonyms()
    assert not said.things & said.acts
    for pattern, standing in said.patterns:
        assert pattern.groups == len(standing)
        assert set(standing) <= said.things | said.acts


def sounding(*names: str) -> SoundIndex:
    index = SoundIndex()
    for place, name in enumerate(names):
        index.take(place, name)
    return index


@pytest.mark.parametrize(
    ("letters", "read"),
    [
        ("huzhaoqianfa", "护照签发"),
        ("hu zhao qian fa", "护照签发"),
        ("hzqf", "护照签发"),
        ("buhuzhaoqianfa", "补护照签发"),
        # Two initials beside others are too few.
        ("buhz", None),
        ("bu", None),
        # By its pairs, by people who mix up sounds, when most of it is there.
        ("huzao de qianfa", " 护照 签发"),
        ("qianfa", " 签发"),
        ("huzhao", " 护照"),
        ("huzhao wo xiang qu", None),
        ("passport", None),
        ("hu-zhao", None),
        ("", None),
        ("a" * 61, None),
    ],
)
def test_letters_are_read_as_names_or_as_their_pairs(letters: str, read: str | None) -> None:
    assert sounding("护照签发").characters(letters) == read


def test_a_paper_is_read_by_its_letters_too() -> None:
    index = SoundIndex()
    index.take_paper("户口本")
    assert index.characters("hukouben") == "户口本"
    assert index.characters("hkb diu") == "户口本丢"
    assert index.alike("hukouben") == {}


@pytest.mark.parametrize(
    ("read", "pair"), [(("hu", "zao"), "护照"), (("qiang", "fa"), "签发"), (("fa",), None)]
)
def test_a_pair_is_known_by_sounds_that_people_mix_up(
    read: tuple[str, ...], pair: str | None
) -> None:
    assert sounding("护照签发").pair(*read) == pair


def test_a_thing_that_a_service_is_named_after_counts_more_than_what_happens_to_it() -> None:
    cards = [
        named("card", "身份证换领", "Identity card", also_called=["身份证到期", "身份证过期"]),
        named("passport", "护照签发", "Passport issue"),
    ]
    index = SearchIndex(cards)
    assert index.find("护照到期了", None)[0].service.service_id == "passport"
    # Where nothing else is said, it finds.
    assert index.find("过期", None)[0].service.service_id == "card"


def test_a_paper_of_many_does_not_make_a_name_common() -> None:
    many = [
        named(f"x{n}", f"事项{n}", f"Matter {n}", materials=[paper("身份证", "ID")])
        for n in range(9)
    ]
    card = named("card", "身份证换领", "Renewal of a card")
    place = named("place", "出租车", "Taxi licence", materials=[paper("身份证", "ID")])
    first = SearchIndex([*many, place, card]).find("身份证出了问题", None)[0]
    assert first.service.service_id == "card"


@pytest.mark.parametrize(
    ("said", "likest", "coverage"),
    [
        ("护照", ["passport", "card"], [1.0, 0.0]),
        ("护照签发", ["passport"], [1.0]),
        ("护照签火", ["passport"], [0.75]),
        ("护照火星", ["passport"], [0.5]),
        # A Latin word counts as three characters.
        ("passport 火星", ["passport"], [0.6]),
        ("护照 mars", ["passport"], [0.4]),
        ("passport mars", ["passport"], [0.5]),
        ("火星", [], []),
        ("", [], []),
    ],
)
def test_who_is_like_tells_how_much_of_what_was_said_it_is(
    said: str, likest: list[str], coverage: list[float]
) -> None:
    found = INDEX.likest(said, 9)
    assert [one.service.service_id for one in found][: len(likest)] == likest
    assert [one.coverage for one in found][: len(likest)] == coverage
    assert INDEX.likest(said, 1) == found[:1]


@given(st.text("护照签发住房补贴身份证换领 passportissue", max_size=12))
def test_the_likest_comes_first_and_whatever_is_found_is_worth_something(said: str) -> None:
    found = INDEX.likest(said, 9)
    assert all(one.score > 0 and 0 <= one.coverage <= 1 for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    hits = [hit.service for hit in INDEX.find(said, None)] if said.strip() else []
    assert [one.service for one in found if one.service in hits] == hits


def ranked(query: str, *services: Service) -> list[str]:
    return [hit.service.service_id for hit in SearchIndex(services).find(query, None)]


def test_of_two_names_that_have_the_query_the_shorter_stands_first() -> None:
    longer = named("longer", "护照加急签发服务", "Long")
    shorter = named("shorter", "护照签发", "Short")
    assert ranked("护照", longer, shorter) == ["shorter", "longer"]
    assert ranked("护照", shorter, longer) == ["shorter", "longer"]


def test_a_whole_name_in_a_query_stands_before_parts_of_another() -> None:
    part = named("part", "护照遗失补发登记", "One")
    whole = named("whole", "护照登记", "Two")
    assert ranked("护照登记怎么收费", part, whole)[0] == "whole"
    assert ranked("护照遗失补发登记", whole, part)[0] == "part"


def test_a_rare_word_says_more_than_one_that_most_services_have() -> None:
    many = [named(f"m{number}", "居民登记", f"Register {number}") for number in range(8)]
    rare = named("rare", "渔船事项", "Boats")
    assert ranked("居民渔船", *many, rare)[0] == "rare"
    # What most of them have finds them all the same.
    assert len(ranked("居民", *many, rare)) == 8


def test_what_is_worth_a_fifth_of_the_likest_is_near_and_what_is_worth_less_is_not_told() -> None:
    found = INDEX.likest("护照签发的补贴", 9)
    best = found[0].score
    told = {hit.service.service_id for hit in INDEX.find("护照签发的补贴", None)}
    assert told == {one.service.service_id for one in found if one.score >= 0.2 * best}


def test_pairs_of_names_that_do_not_follow_on_each_other_stand_apart() -> None:
    assert sounding("护照签发").characters("zhaoqian de huzhao") == " 照签 护照"
    assert sounding("护照签发").characters("huzhao de huzhao") == " 护照 护照"
