"""The bills of a day as WeChat Pay and Alipay document them, with their sums around."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from chalicelib.core.clock import office_time
from infra.local.stand_ins.trades import Back, Trade

_WECHAT_COLUMNS: Final = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号",
    "用户标识", "交易类型", "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额",
    "微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态",
    "商品名称", "商户数据包", "手续费", "费率", "订单金额", "申请退款金额", "费率备注",
)  # fmt: skip
_WECHAT_SUMS: Final = (
    "总交易单数", "应结订单总金额", "退款总金额", "充值券退款总金额", "手续费总金额",
    "订单总金额", "申请退款总金额",
)  # fmt: skip
_ALIPAY_COLUMNS: Final = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号",
    "门店名称", "操作员", "终端号", "对方账户", "订单金额（元）", "商家实收（元）",
    "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）", "商家优惠（元）", "券核销金额（元）",
    "券名称", "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号", "服务费（元）",
    "分润（元）", "备注",
)  # fmt: skip
_ALIPAY_SUMS: Final = ("门店编号", "门店名称", "交易订单总笔数", "退款订单总笔数", "订单金额（元）")
_REFUND_STATES: Final = {"pending": "PROCESSING", "succeeded": "SUCCESS", "failed": "FAIL"}


def wechat_pay(trades: Iterable[Trade], day: date) -> str | None:
    """Return a trade bill as text; None where nothing moved."""
    rows = [
        {name: f"`{row.get(name, '')}" for name in _WECHAT_COLUMNS}
        for trade in trades
        for row in _wechat_rows(trade, day)
    ]
    if not rows:
        return None
    # Nothing is quoted, whatever stands in a name.
    sums = [f"`{len(rows)}", *["`0.00"] * (len(_WECHAT_SUMS) - 1)]
    table = [_WECHAT_COLUMNS, *(row.values() for row in rows), _WECHAT_SUMS, sums]
    return "\ufeff" + "".join(f"{','.join(row)}\r\n" for row in table)


def alipay(trades: Iterable[Trade], day: date) -> bytes | None:
    """Return a trade bill as an archive of two tables; None where nothing moved."""
    rows = [
        [row.get(name, "") for name in _ALIPAY_COLUMNS]
        for trade in trades
        for row in _alipay_rows(trade, day)
    ]
    if not rows:
        return None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        name = f"20880000000000000156_{day:%Y%m%d}_业务明细"
        archive.writestr(f"{name}.csv", _framed(_ALIPAY_COLUMNS, rows))
        archive.writestr(
            f"{name}(汇总).csv", _framed(_ALIPAY_SUMS, [["合计", "", "0", "0", "0.00"]])
        )
    return packed.getvalue()


def _wechat_rows(trade: Trade, day: date) -> list[dict[str, str]]:
    same = {
        "微信订单号": trade.reference,
        "商户订单号": trade.number,
        "交易类型": "JSAPI",
        "货币种类": trade.currency.upper(),
        "商品名称": trade.title,
    }
    found = []
    if trade.paid_at and _day(trade.paid_at) == day:
        sums = {"订单金额": _yuan(trade.cents), "申请退款金额": "0.00"}
        found.append({**same, **sums, "交易时间": _local(trade.paid_at), "交易状态": "SUCCESS"})
    found += [
        {
            **same,
            "交易时间": _local(back.at),
            "交易状态": "REFUND",
            "微信退款单号": back.reference,
            "商户退款单号": back.refund_id,
            "退款状态": _REFUND_STATES[back.state],
            "订单金额": "0.00",
            "申请退款金额": _yuan(back.cents),
        }
        for back in _backs(trade, day)
    ]
    return found


def _alipay_rows(trade: Trade, day: date) -> list[dict[str, str]]:
    # Numbers are followed by a tab, lest a spreadsheet rounds them.
    same = {
        "支付宝交易号": f"{trade.reference}\t",
        "商户订单号": f"{trade.number}\t",
        "商品名称": trade.title,
        "创建时间": _local(trade.made_at),
    }
    found = []
    if trade.paid_at and _day(trade.paid_at) == day:
        amount = _yuan(trade.cents)
        sums = {"订单金额（元）": amount, "商家实收（元）": amount}
        found.append({**same, **sums, "业务类型": "交易", "完成时间": _local(trade.paid_at)})
    found += [
        {
            **same,
            "业务类型": "退款",
            "完成时间": _local(back.at),
            "订单金额（元）": f"-{_yuan(back.cents)}",
            "商家实收（元）": f"-{_yuan(back.cents)}",
            # The merchant's console gives no number.
            "退款批次号/请求号": f"{back.refund_id}\t" if back.by == "us" else "",
        }
        for back in _backs(trade, day)
        if back.state == "succeeded"
    ]
    return found


def _framed(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    text.write("#支付宝业务明细查询\r\n#账号：[20880000000000000156]\r\n")
    text.write("#---------------------业务明细列表--------------------\r\n")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    text.write("#---------------------业务明细列表结束----------------\r\n")
    return text.getvalue().encode("gbk")


def _backs(trade: Trade, day: date) -> list[Back]:
    return [one for one in trade.backs.values() if _day(one.at) == day]


def _day(at: str) -> date:
    return office_time(datetime.fromisoformat(at)).date()


def _local(at: str) -> str:
    return f"{office_time(datetime.fromisoformat(at)):%Y-%m-%d %H:%M:%S}"


def _yuan(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
