"""Bills as providers write them: by columns' names, in any layout, with rows of no sense."""

import gzip
import hashlib
import io
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.money import Money
from chalicelib.payments.providers import bills
from chalicelib.payments.providers.base import Listed, Unanswered

PRESENT = [
    "交易时间",
    "公众账号ID",
    "商户号",
    "特约商户号",
    "设备号",
    "微信订单号",
    "商户订单号",
    "用户标识",
    "交易类型",
    "交易状态",
    "付款银行",
    "货币种类",
    "应结订单金额",
    "代金券金额",
    "微信退款单号",
    "商户退款单号",
    "退款金额",
    "充值券退款金额",
    "退款类型",
    "退款状态",
    "商品名称",
    "商户数据包",
    "手续费",
    "费率",
    "订单金额",
    "申请退款金额",
    "费率备注",
]
EARLIER = [
    "交易时间",
    "公众账号ID",
    "商户号",
    "子商户号",
    "设备号",
    "微信订单号",
    "商户订单号",
    "用户标识",
    "交易类型",
    "交易状态",
    "付款银行",
    "货币种类",
    "总金额",
    "代金券或立减优惠金额",
    "微信退款单号",
    "商户退款单号",
    "退款金额",
    "代金券或立减优惠退款金额",
    "退款类型",
    "退款状态",
    "商品名称",
    "商户数据包",
    "手续费",
    "费率",
]
ALIPAY = [
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "商品名称",
    "创建时间",
    "完成时间",
    "门店编号",
    "门店名称",
    "操作员",
    "终端号",
    "对方账户",
    "订单金额（元）",
    "商家实收（元）",
    "退款批次号/请求号",
    "服务费（元）",
    "备注",
]
SUMS = "总交易单数,应结订单总金额\r\n`2,`0.00\r\n"
PAID = Listed("N1", Money(12000))
BACK = Listed("N1", Money(500), "R1")
COMMAS = ["办证", "办证,工本费", "a,b,,c,", '"办证', '办"证"费', "总交易单数", "12,000.00", "#号"]


def wechat_rows(title: str) -> list[dict[str, str]]:
    same = {
        "交易时间": "2026-12-07 09:00:00",
        "微信订单号": "42",
        "商户订单号": "N1",
        "货币种类": "CNY",
        "商品名称": title,
        "手续费": "0.00",
    }
    sums = dict.fromkeys(("订单金额", "应结订单金额", "总金额"), "120.00")
    back = dict.fromkeys(("申请退款金额", "退款金额"), "5.00")
    return [
        {**same, **sums, "交易状态": "SUCCESS"},
        {**same, **back, "交易状态": "REFUND", "退款状态": "SUCCESS", "商户退款单号": "R1"},
        {**same, **back, "交易状态": "REFUND", "退款状态": "PROCESSING", "商户退款单号": "R2"},
    ]


def table(names: Sequence[str], rows: Sequence[dict[str, str]], mark: str = "`") -> str:
    lines = [",".join(f"{mark}{row.get(name, '')}" for name in names) for row in rows]
    return "\r\n".join([",".join(names), *lines, ""])


def wechat(text: str) -> list[Listed]:
    data = text.encode()
    packed, digest = gzip.compress(data), hashlib.sha1(data, usedforsecurity=False).hexdigest()
    read = bills.of_wechat_pay(packed, digest)
    assert read == bills.of_wechat_pay(data, digest.upper())
    return read


def alipay(*texts: str, charset: str = "gb18030") -> list[Listed]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"{number}.csv", text.encode(charset))
    return bills.of_alipay(packed.getvalue())


@pytest.mark.parametrize("title", COMMAS)
@pytest.mark.parametrize("names", [PRESENT, EARLIER, PRESENT[::-1], ["新列", *PRESENT, "另一列"]],
                         ids=["present", "earlier", "reordered", "more columns"])  # fmt: skip
@pytest.mark.parametrize("mark", ["`", ""], ids=["marked", "plain"])
def test_wechat_pays_bill_is_read_in_any_layout(names: list[str], mark: str, title: str) -> None:
    assert wechat(f"\ufeff{table(names, wechat_rows(title), mark)}{SUMS}") == [PAID, BACK]


def alipay_rows(title: str, remark: str = "") -> list[dict[str, str]]:
    same = {
        "支付宝交易号": "2026\t",
        "商户订单号": "N1\t",
        "商品名称": title,
        "创建时间": "2026-12-07 09:00:00",
        "完成时间": "2026-12-07 09:00:01",
        "备注": remark,
    }
    back = {"订单金额（元）": "-5.00", "商家实收（元）": "-4.90", "退款批次号/请求号": "R1\t"}
    return [
        {**same, "业务类型": "交易", "订单金额（元）": "120.00", "商家实收（元）": "119.00"},
        {**same, "业务类型": "退款", **back},
    ]


@pytest.mark.parametrize("charset", ["gb18030", "utf-8-sig"])
@pytest.mark.parametrize("names", [ALIPAY, ["新列", *ALIPAY[::-1]]], ids=["usual", "reordered"])
@pytest.mark.parametrize("texts", [(title, "") for title in COMMAS] + [("办证", "急,快")])
def test_alipays_bill_is_read_in_any_layout(
    names: list[str], charset: str, texts: tuple[str, str]
) -> None:
    text = table(names, alipay_rows(*texts), "")
    framed = f"#支付宝业务明细查询\r\n#---\r\n{text}#---结束---\r\n合计,,2,1\r\n"
    sums = "#汇总\r\n门店编号,交易订单总笔数\r\n合计,2\r\n"
    assert alipay(framed, sums, charset=charset) == [PAID, BACK]


BROKEN = ["", "x", "12.345", "NaN", "1e400", "-", "一百"]


@pytest.mark.parametrize("sum_", BROKEN)
def test_a_row_of_no_sense_is_one_line_and_the_rest_is_read(sum_: str) -> None:
    bad = {**wechat_rows("办证")[0], "订单金额": sum_, "应结订单金额": "", "总金额": ""}
    text = table(PRESENT, [wechat_rows("办证")[0], bad, wechat_rows("办证")[1]])
    assert [one.kind for one in wechat(text + SUMS)] == ["", "unreadable", ""]
    worse = {**alipay_rows("办证")[0], "订单金额（元）": sum_}
    text = table(ALIPAY, [alipay_rows("办证")[0], worse, alipay_rows("办证")[1]], "")
    found = alipay(text + "只有,三,格\r\n")
    assert [one.kind for one in found] == ["", "unreadable", "", "unreadable"]
    assert [found[0], found[2]] == [PAID, BACK]


def test_what_is_no_bill_is_no_answer() -> None:
    for text in ("", "<html>busy</html>", "a,b\r\n1,2\r\n"):
        with pytest.raises(Unanswered):
            wechat(text)
        with pytest.raises(Unanswered):
            alipay(text)
    for data in (b"PK\x03\x04broken", b"\x1f\x8bbroken"):
        with pytest.raises(Unanswered):
            bills.of_alipay(data)
    with pytest.raises(Unanswered):
        bills.of_wechat_pay(table(PRESENT, []).encode(), "00")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n`"), max_size=20))
def test_whatever_a_name_says_the_sums_are_read(title: str) -> None:
    assert wechat(table(PRESENT, wechat_rows(title)) + SUMS) == [PAID, BACK]


def test_a_refund_without_a_number_of_ours_is_known_by_the_providers() -> None:
    console = {**alipay_rows("办证")[1], "退款批次号/请求号": ""}
    assert alipay(table(ALIPAY, [console], ""))[0].refund_id == "2026 2026-12-07 09:00:01"
    given_back = {**wechat_rows("办证")[1], "商户退款单号": "", "微信退款单号": "50"}
    assert wechat(table(PRESENT, [given_back]))[0].refund_id == "50"


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"商户订单号": ""}, ["unreadable", "unreadable"]),
        ({"交易状态": "NEW_WORD"}, ["unreadable", "unreadable", "unreadable"]),
    ],
)
def test_a_row_without_a_number_or_of_a_new_kind_is_unreadable(
    changes: dict[str, str], kinds: list[str]
) -> None:
    rows = [{**row, **changes} for row in wechat_rows("x")]
    assert [one.kind for one in wechat(table(PRESENT, rows))] == kinds


@pytest.mark.parametrize("kind", ["", "充值", "交易退款"])
def test_a_kind_of_alipays_that_is_none_is_unreadable(kind: str) -> None:
    rows = [{"商户订单号": "N1", "订单金额（元）": "1.00", "业务类型": kind}]
    [line] = alipay(table(list(rows[0]), rows, mark=""))
    assert (line.kind, line.amount) == ("unreadable", Money(0))


def test_a_bill_that_would_fill_the_memory_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bills, "_LARGEST_TEXT", 10)
    with pytest.raises(Unanswered):
        alipay(table(["商户订单号"], [], mark=""))
