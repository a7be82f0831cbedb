"""Lists that forms choose from: each value once, in an order that one can look through."""

import pytest

from chalicelib.catalogue.domain import options
from chalicelib.core.i18n import Lang

LANGS: tuple[Lang, ...] = ("zh-CN", "en")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", options.LISTS)
def test_each_value_and_each_name_stands_once(name: str, lang: Lang) -> None:
    found = options.options(name, lang)
    names = [one.name.in_language(lang) for one in found]
    assert len(names) == len({one.value for one in found}) == len(set(names))
    assert all(said and said == said.strip() for said in names)
    assert {one.value for one in found} == set(options.values(name))
