"""Reading the bills that providers make of a day: tables of text, with sums below or around them.

Sources: WeChat Pay, "Trade bill" (bill_type ALL); Alipay open platform,
`alipay.data.dataservice.bill.downloadurl.query` (bill_type trade).
"""

import csv
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from chalicelib.core.money import Money
from chalicelib.payments.providers.base import Listed, Unanswered

_GZIP: Final = b"\x1f\x8b"
_LARGEST_TEXT: Final = 256 * 1024 * 1024
_ORDER: Final = "商户订单号"
# What a table of the wrong shape, or an archive that is none, may raise.
_UNREADABLE: Final = (
    OSError,
    EOFError,
    ValueError,
    InvalidOperation,
    KeyError,
    TypeError,
    AttributeError,
    NotImplementedError,
    csv.Error,
    zipfile.BadZipFile,
    zlib.error,
)


def of_wechat_pay(data: bytes, sha1: str) -> list[Listed]:
    """Read a trade bill, gzipped or not; a refund counts once it has succeeded.

    `sha1` is the announced digest of the unpacked bill. Every value follows a back-quote, and the
    sums follow under a heading of their own. Raises Unanswered for what cannot be read.
    """
    try:
        unpacked = gzip.decompress(data) if data[:2] == _GZIP else data
        if hashlib.sha1(unpacked, usedforsecurity=False).hexdigest() != sha1.lower():
            raise Unanswered
        table = unpacked.decode("utf-8-sig").replace("`", "").partition("总交易单数")[0]
        return [one for row in csv.DictReader(io.StringIO(table)) for one in _wechat_line(row)]
    except _UNREADABLE as error:
        raise Unanswered from error


def of_alipay(data: bytes) -> list[Listed]:
    """Read the archive of a day: of its tables in GBK, the one that lists orders.

    Lines that begin with `#` stand around the table, and a tab follows each number. Raises
    Unanswered for what cannot be read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > _LARGEST_TEXT:
                raise Unanswered
            texts = [archive.read(one).decode("gb18030") for one in archive.infolist()]
        return [_alipay_line(row) for text in texts for row in _alipay_rows(text)]
    except _UNREADABLE as error:
        raise Unanswered from error


def _wechat_line(row: Mapping[str, str]) -> Iterator[Listed]:
    back = row["交易状态"] == "REFUND"
    if back and row["退款状态"] != "SUCCESS":
        return
    amount = Money(_cents(row["申请退款金额" if back else "订单金额"]), row["货币种类"].lower())
    yield Listed(row[_ORDER], amount, row["商户退款单号"] if back else None)


def _alipay_rows(text: str) -> Iterator[Mapping[str, str]]:
    table = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    reader = csv.DictReader(io.StringIO(table))
    names = [name.strip() for name in reader.fieldnames or ()]
    if _ORDER not in names:
        # The other table of the archive has only sums.
        return
    for row in reader:
        yield {name: value.strip() for name, value in zip(names, row.values(), strict=True)}


def _alipay_line(row: Mapping[str, str]) -> Listed:
    # What went back stands below zero.
    amount = Money(abs(_cents(row["订单金额（元）"])))
    return Listed(
        row[_ORDER], amount, row["退款批次号/请求号"] if row["业务类型"] == "退款" else None
    )


def _cents(yuan: str) -> int:
    return int(Decimal(yuan) * 100)
