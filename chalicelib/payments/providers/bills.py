"""Reading the bills that providers make of a day: tables of text, with sums below or around them.

Columns are found by their names, in any order, with others between. A row that cannot be read is
one line that is unreadable; the others are read. Sources: WeChat Pay, "Trade bill" (bill_type ALL)
in its present and its earlier layout; Alipay open platform,
`alipay.data.dataservice.bill.downloadurl.query` (bill_type trade).
"""

import csv
import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from chalicelib.core.money import Money
from chalicelib.payments.providers.base import Listed, Unanswered

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_LARGEST_TEXT: Final = 256 * 1024 * 1024
_ORDER: Final = "商户订单号"
# What stands before each value, behind a number, or around both.
_AROUND: Final = "` \t\r\ufeff"
_VALUES: Final = ",`"
# Sums begin with one of these.
_SUMS: Final = frozenset({"总交易单数", "合计"})
# Where people write what they like, commas too; no number of a payment stands there.
_FREE: Final = ("商品名称", "商户数据包", "备注", "券名称", "门店名称")
# The earlier layout of WeChat Pay has only the last of these names.
_PAID: Final = ("订单金额", "应结订单金额", "总金额")
_GIVEN: Final = ("申请退款金额", "退款金额")
_UNREADABLE: Final = (
    OSError, EOFError, ValueError, NotImplementedError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
_TIME: Final = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}")
_SUM: Final = re.compile(r"-?\d{1,12}(\.\d+)?$", re.ASCII)
_Row = Mapping[str, str]
_Read = Callable[[_Row], Listed | None]


def of_wechat_pay(data: bytes, sha1: str) -> list[Listed]:
    """Read a trade bill, gzipped or not; a refund counts once it has succeeded.

    `sha1` is the announced digest of the unpacked bill. A back-quote stands before each value and
    nothing is quoted; a plain layout has none. The sums follow under a heading of their own. Raises
    Unanswered for what is no bill.
    """
    [unpacked] = _unpacked(data)
    if hashlib.sha1(unpacked, usedforsecurity=False).hexdigest() != sha1.lower():
        raise Unanswered
    return _bill([unpacked], _wechat_line)


def of_alipay(data: bytes) -> list[Listed]:
    """Read the archive of a day: of its tables, mostly in GBK, the one that lists orders.

    Lines that begin with `#` stand around the table, and a tab follows each number. Raises
    Unanswered for what is no bill.
    """
    return _bill(_unpacked(data), _alipay_line)


def _bill(tables: Sequence[bytes], read: _Read) -> list[Listed]:
    read_tables = [_table(_text(table), read) for table in tables]
    lists = [one for one in read_tables if one is not None]
    if not lists:
        raise Unanswered
    return [line for one in lists for line in one]


def _unpacked(data: bytes) -> list[bytes]:
    try:
        if data[:4] == _ZIP:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(one.file_size for one in archive.infolist()) > _LARGEST_TEXT:
                    raise Unanswered
                return [archive.read(one) for one in archive.infolist()]
        return [gzip.decompress(data) if data[:2] == _GZIP else data]
    except _UNREADABLE as error:
        raise Unanswered from error


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # One character that is none spoils its own row alone.
        return data.decode("gb18030", "replace")


def _table(text: str, read: _Read) -> list[Listed] | None:
    """Return a table's lines; None for one that lists no orders, as that of the sums."""
    names: list[str] | None = None
    listed: list[Listed] = []
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip(_AROUND)
        if not bare or bare.startswith("#"):
            continue
        if names is None:
            cells = _quoted(bare)
            names = cells if _ORDER in cells else None
        elif bare.split(",", 1)[0].strip('"') in _SUMS:
            break
        else:
            listed += _line(line.strip("\r\ufeff"), number, names, read)
    return listed if names is not None else None


def _line(line: str, number: int, names: Sequence[str], read: _Read) -> Iterator[Listed]:
    for ways in (_ways(line, names), _joined(line, names)):
        readings = []
        for cells in ways:
            try:
                readings.append(read(dict(zip(names, cells, strict=True))))
            except (ValueError, LookupError):
                continue
        # Whether a comma is of this name or of that must make no difference to the money.
        if readings and all(one == readings[0] for one in readings):
            if readings[0]:
                yield readings[0]
            return
    yield Listed("", Money(0), reference=f"row {number}", kind="unreadable")


def _ways(line: str, names: Sequence[str]) -> Iterator[list[str]]:
    """Return the first way in which a row can be cut into as many values as there are names."""
    for cells in _cuts(line):
        extra = len(cells) - len(names)
        if extra == 0 or (extra > 0 and not any(cells[-extra:])):
            yield cells[: len(names)]
            return


def _joined(line: str, names: Sequence[str]) -> Iterator[list[str]]:
    """Return the ways in which the commas that are too many may be somebody's words."""
    for cells in _cuts(line):
        extra = len(cells) - len(names)
        for at in (names.index(one) for one in _FREE if extra > 0 and one in names):
            joined = ",".join(cells[at : at + extra + 1])
            whole = [*cells[:at], joined, *cells[at + extra + 1 :]]
            if all(map(_fits, names, whole)):
                yield whole


def _cuts(line: str) -> Iterator[list[str]]:
    if line.lstrip().startswith("`"):
        yield _clean(line.lstrip()[1:].split(_VALUES))
    yield _quoted(line)
    yield _clean(line.split(","))


def _fits(name: str, value: str) -> bool:
    """Tell whether a value may stand in a column: whoever joins the wrong ones moves the others."""
    if "时间" in name:
        return bool(_TIME.match(value))
    return not value or not ("金额" in name or "元" in name) or bool(_SUM.match(value))


def _quoted(line: str) -> list[str]:
    try:
        return _clean(next(csv.reader([line]), []))
    except csv.Error:
        return []


def _clean(cells: Sequence[str]) -> list[str]:
    return [one.strip(_AROUND) for one in cells]


def _wechat_line(row: _Row) -> Listed | None:
    state = row["交易状态"]
    back = state == "REFUND"
    if not back and state != "SUCCESS":
        raise ValueError("no state")
    cents = _cents(_first(row, *(_GIVEN if back else _PAID)))
    amount = Money(abs(cents) if back else cents, (row.get("货币种类") or "CNY").lower())
    reference = row.get("微信订单号", "")
    if not back:
        return Listed(_number(row), amount, reference=reference)
    if row["退款状态"] != "SUCCESS":
        return None
    refund_id = row.get("商户退款单号") or row["微信退款单号"]
    return Listed(_number(row), amount, refund_id, reference=reference)


def _alipay_line(row: _Row) -> Listed:
    kind = row["业务类型"]
    if kind not in ("交易", "退款"):
        raise ValueError("no kind")
    # What went back stands below zero.
    amount = Money(abs(_cents(_first(row, "订单金额（元）", "订单金额(元)"))))
    reference = row.get("支付宝交易号", "")
    if kind == "交易":
        return Listed(_number(row), amount, reference=reference)
    # A refund made in the merchant's console may have no number.
    number = _first(row, "退款批次号/请求号", "退款批次号", "退款请求号")
    refund_id = number or f"{reference} {row.get('完成时间', '')}".strip()
    return Listed(_number(row), amount, refund_id, reference=reference)


def _number(row: _Row) -> str:
    if not row[_ORDER]:
        raise ValueError("no number")
    return row[_ORDER]


def _first(row: _Row, *names: str) -> str:
    """Return the first value that stands under one of these names; empty where none does."""
    return next((row[name] for name in names if row.get(name)), "")


def _cents(yuan: str) -> int:
    if not _SUM.match(yuan):
        raise ValueError("no sum")
    cents = Decimal(yuan) * 100
    if cents != int(cents):
        raise ValueError("less than a cent")
    return int(cents)
