"""The data sets: what each is about, its columns, and how often it changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from chalicelib.core.i18n import Text
from chalicelib.opendata.domain.suppression import Measures

Format = Literal["json", "csv", "geojson"]
Frequency = Literal["five_minutes", "daily", "monthly"]
MEDIA_TYPES: Final[Mapping[Format, str]] = {
    "json": "application/json",
    "csv": "text/csv",
    "geojson": "application/geo+json",
}
# Creative Commons Attribution 4.0 International.
LICENSE: Final = "https://creativecommons.org/licenses/by/4.0/"
PUBLISHER: Final = Text("政务服务一次办", "OneTrip")

_COLUMNS: Final[Mapping[str, Text]] = {
    "month": Text("月份（YYYY-MM）", "Month (YYYY-MM)"),
    "date": Text("日期", "Date"),
    "office_id": Text("大厅编号；other 为合并", "Hall; other is what was pooled"),
    "service_id": Text("事项编号；other 为合并", "Service; other is what was pooled"),
    "category": Text("窗口类别", "Category of counters"),
    "kind": Text("类型；other 为合并", "Kind; other is what was pooled"),
    "name_zh": Text("中文名称", "Name in Chinese"),
    "name_en": Text("英文名称", "Name in English"),
    "division_code": Text("行政区划代码", "Division code (GB/T 2260)"),
    "latitude": Text("纬度", "Latitude, degrees (WGS 84)"),
    "longitude": Text("经度", "Longitude, degrees (WGS 84)"),
    "promised_trips": Text("承诺跑动次数", "Trips that the guide promises"),
    "promised_days": Text("承诺工作日", "Working days that are promised"),
    "legal_days": Text("法定工作日", "Working days by law"),
    "fee_cents": Text("费用（分）", "Fee in hundredths of a yuan"),
    "bookable": Text("可预约（1 是）", "Whether one can book a time (1 is yes)"),
    "capacity": Text("号源总数", "Seats in all"),
    "remaining": Text("剩余号源", "Seats left"),
    "next_free": Text("最近可约时间", "The first time that is free"),
    "waiting": Text("正在等候人数", "How many wait now"),
    "wait_minutes": Text("预计等候分钟", "Minutes that who comes now would wait"),
    "decided": Text("办结件数", "Cases decided"),
    "in_law": Text("法定期限内办结", "Decided within the law's limit"),
    "in_promise": Text("承诺期限内办结", "Decided within the promised limit"),
    "online": Text("网上申请件数", "Lodged online"),
    "mean_days": Text("平均办结天数", "Mean days from lodging to decision"),
    "ratings": Text("评价数", "Ratings"),
    "mean_score": Text("平均分（1–5）", "Mean score from 1 to 5"),
    "received": Text("收到件数", "Received"),
    "answered": Text("答复件数", "Answered"),
    "in_time": Text("按时答复件数", "Answered in time"),
    "answers": Text("回答人数", "How many said so"),
    "trips_made": Text("平均跑动次数", "Mean trips that people say they made"),
    "cases": Text("结束件数", "Cases that ended"),
    "trips_counted": Text("平均到厅次数", "Mean visits to a hall that were counted"),
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set; `measures` is of one that is about people."""

    dataset_id: str
    title: Text
    description: Text
    frequency: Frequency
    keys: tuple[str, ...]
    figures: tuple[str, ...] = ()
    measures: Measures | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns, in their order."""
        return (*self.keys, *(self.measures.columns if self.measures else self.figures))

    @property
    def item(self) -> str:
        """Return the last of what it tells apart."""
        return self.keys[-1]

    @property
    def titles(self) -> Mapping[str, Text]:
        """Return what its columns are called."""
        return {name: _COLUMNS[name] for name in self.columns}


CASE_TIMES: Final = Measures(
    "decided",
    {"in_law": ("decided",), "in_promise": ("decided", "in_law"), "online": ("decided",)},
    {"mean_days": "decided"},
)
RATINGS: Final = Measures("ratings", means={"mean_score": "ratings"})
TRIPS: Final = Measures("answers", means={"trips_made": "answers"})
TRIPS_COUNTED: Final = Measures("cases", means={"trips_counted": "cases"})
ENQUIRIES: Final = Measures("received", {"answered": (), "in_time": ("answered",)})
WAITS: Final = Measures("served", means={"waiting_minutes": "served"})

_MONTHLY: Final = Text(
    "按月公布，公布后不再更改。涉及人数少于五的数据合并或不公布，人数按五取整。",
    "By month; a month that was published does not change. Nothing is told of fewer than five "
    "people: such rows are pooled or left out, and counts are rounded to five.",
)


def _by_month(dataset_id: str, title: Text, about: Text, item: str, measures: Measures) -> Dataset:
    keys = ("month", "office_id", item)
    description = Text(f"{about.zh}{_MONTHLY.zh}", f"{about.en} {_MONTHLY.en}")
    return Dataset(dataset_id, title, description, "monthly", keys, measures=measures)


DATASETS: Final[Mapping[str, Dataset]] = {
    one.dataset_id: one
    for one in (
        Dataset(
            "services",
            Text("政务服务事项", "Services"),
            Text("可办理的事项及其承诺", "What can be done, and what is promised of it"),
            "daily",
            ("service_id",),
            ("name_zh", "name_en", "category", "promised_trips", "promised_days", "legal_days",
             "fee_cents", "bookable"),
        ),
        Dataset(
            "offices",
            Text("政务服务大厅", "Halls"),
            Text("大厅及其位置", "The halls, and where they are"),
            "daily",
            ("office_id",),
            ("name_zh", "name_en", "division_code", "latitude", "longitude"),
        ),
        Dataset(
            "availability",
            Text("可约号源", "Seats that are free"),
            Text("未来七天各大厅各类窗口的号源", "Of the next seven days, by hall and category"),
            "five_minutes",
            ("date", "office_id", "category"),
            ("capacity", "remaining", "next_free"),
        ),
        Dataset(
            "waiting",
            Text("大厅等候", "Waiting in the halls"),
            Text("当前等候人数与预计时间", "How many wait now, and about how long that takes"),
            "five_minutes",
            ("office_id", "category"),
            ("waiting", "wait_minutes"),
        ),
        _by_month(
            "case-times",
            Text("办件时效", "Times of cases"),
            Text("办结多少、多快、是否守时。", "How many cases were decided, and how fast."),
            "service_id",
            CASE_TIMES,
        ),
        _by_month(
            "ratings",
            Text("服务评价", "Ratings"),
            Text("群众对办件和到访的评价。", "How people rated cases and visits."),
            "service_id",
            RATINGS,
        ),
        _by_month(
            "enquiries",
            Text("咨询投诉", "Enquiries"),
            Text("收到和答复的咨询、投诉、建议。", "What people asked, and how it was answered."),
            "kind",
            ENQUIRIES,
        ),
        _by_month(
            "trips",
            Text("跑动次数", "Trips that people made"),
            Text("群众说自己跑了几趟。", "How often people say that they had to come."),
            "service_id",
            TRIPS,
        ),
        _by_month(
            "trips-counted",
            Text("到厅次数", "Trips that were counted"),
            Text(
                "结束的办件到过大厅几次；承诺的次数见“政务服务事项”。",
                "How often people came to a hall for cases that ended; what is promised stands "
                "in “Services”.",
            ),
            "service_id",
            TRIPS_COUNTED,
        ),
    )
}  # fmt: skip
