"""Receipts to print: a page with a code that a phone reads."""

import io
import re
import zlib

import pytest

from chalicelib.core import receipt_pages
from tests.support.clock import MONDAY


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_receipt_is_one_small_page_with_a_code(lang: str) -> None:
    url = "http://127.0.0.1/v1/progress/7K3M-Q9XW-2TR7?code=123456"
    page = receipt_pages.Page("政务服务", (("事项", "普通护照"),), "扫描二维码", url)
    made = receipt_pages.pdf(page, MONDAY, lang)  # type: ignore[arg-type]
    assert made.startswith(b"%PDF-")
    assert made.count(b"/Type /Page\n") == 1
    assert len(made) < 60_000
    assert receipt_pages.pdf(page, MONDAY, lang) == made  # type: ignore[arg-type]
    assert re.search(rb"/Subtype /Image", made)
    assert io.BytesIO(made).read(5) == b"%PDF-"
    assert zlib
