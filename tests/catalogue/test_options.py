"""Lists that forms choose from: complete, named in both languages, and checked as they are told."""

from chalicelib.core import countries
from chalicelib.core.countries import alpha_3
from tests.support.client import ApiClient


def listed(client: ApiClient, lang: str = "zh-CN") -> dict[str, str]:
    items = client.get("/v1/countries", headers={"accept-language": lang}).json()["items"]
    return {one["country"]: one["name"] for one in items}


def chosen_from(client: ApiClient, service_id: str, field: str, lang: str) -> dict[str, str]:
    answer = client.get(f"/v1/services/{service_id}", headers={"accept-language": lang})
    choices = answer.json()["form_schema"]["properties"][field]["oneOf"]
    return {one["const"]: one["title"] for one in choices}


def test_every_country_of_iso_3166_has_its_name(client: ApiClient) -> None:
    assert set(countries._CODES[1::2]) <= listed(client).keys()
    assert all(alpha_3(code) == code for code in listed(client))
    assert listed(client)["DEU"] == "德国"
    assert listed(client, "en")["DEU"] == "Germany"
    # As GB/T 2659.1 names them, whatever CLDR has.
    assert {listed(client)[one] for one in ("HKG", "MAC", "TWN")} == {
        "中国香港",
        "中国澳门",
        "中国台湾",
    }


def test_what_is_asked_for_most_stands_first_and_the_rest_by_its_letters(
    client: ApiClient,
) -> None:
    zh, en = list(listed(client)), listed(client, "en")
    assert zh[0] == next(iter(en)) == "JPN"
    assert zh.index("ALB") < zh.index("DNK") < zh.index("ZMB") < zh.index("XXA")
    names = list(en.values())
    assert names.index("Afghanistan") < names.index("Åland Islands") < names.index("Algeria")
    assert names.index("Zimbabwe") < names.index("Stateless person")


def test_a_form_offers_where_one_goes_with_a_passport(client: ApiClient) -> None:
    offered = chosen_from(client, "passport-issue", "destination", "zh-CN")
    assert offered["JPN"] == "日本"
    assert not offered.keys() & {"CHN", "HKG", "MAC", "TWN", "XXA"}
    assert chosen_from(client, "passport-issue", "destination", "en")["JPN"] == "Japan"


def test_a_form_offers_all_ethnic_groups(client: ApiClient) -> None:
    zh = chosen_from(client, "birth-registration", "ethnic_group", "zh-CN")
    en = chosen_from(client, "birth-registration", "ethnic_group", "en")
    assert list(zh)[:3] == list(en)[:3] == ["汉族", "蒙古族", "回族"]
    assert len([one for one in zh if one.endswith("族")]) == 56
    assert len(zh) == 58
    assert en["壮族"] == "Zhuang"
