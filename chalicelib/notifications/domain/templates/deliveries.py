"""Words of notices about parcels."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chalicelib.core.i18n import Text
from chalicelib.notifications.domain.notices import Template
from chalicelib.notifications.domain.templates.making import DAY, template

TEMPLATES: Final[Mapping[str, Template]] = {
    "delivery.picked_up": template(
        "delivery",
        DAY,
        Text("快递已揽收", "Parcel picked up"),
        Text("已揽收", "Picked up"),
        Text("{service}的快递已揽收。", "{service}: your parcel was picked up."),
    ),
    "delivery.out_for_delivery": template(
        "delivery",
        timedelta(hours=12),
        Text("快递派送中", "Parcel out for delivery"),
        Text("派送中", "On its way"),
        Text("{service}的快递正在派送。", "{service}: your parcel is out for delivery."),
    ),
    "delivery.available_for_pickup": template(
        "delivery",
        DAY,
        Text("快递待自取", "Parcel waits for you"),
        Text("待自取", "To collect"),
        Text("{service}的快递已到自取点。", "{service}: your parcel can be collected."),
    ),
    "delivery.delivered": template(
        "delivery",
        DAY,
        Text("快递已送达", "Parcel delivered"),
        Text("已送达", "Delivered"),
        Text("{service}的快递已送达。", "{service}: your parcel was delivered."),
    ),
    "delivery.lost": template(
        "delivery",
        DAY,
        Text("快递遗失", "Parcel lost"),
        Text("已遗失", "Lost"),
        Text(
            "非常抱歉，{service}的快递遗失，大厅已得到通知，正在处理。",
            "We are very sorry: the parcel of {service} was lost. The hall was told of it.",
        ),
    ),
    "delivery.attempt_failed": template(
        "delivery",
        DAY,
        Text("快递员上门未成功", "The courier found nobody"),
        Text("上门未成功", "Nobody there"),
        Text(
            "{service}：快递员上门未能取到或送达，会再次上门。",
            "{service}: the courier could not hand over or fetch your parcel, and comes again.",
        ),
    ),
}
