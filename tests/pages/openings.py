"""People whose moment in an opening leaves time to look at the page."""

import re
from datetime import datetime, timedelta
from typing import Any

from tests.e2e.phone import Phone as Caller
from tests.pages import tour
from tests.support.people import id_number, new_code
from tests.support.system import System

SERVICE = "passport-issue"
TIME = re.compile(r"^\d\d:\d\d")


def late_person(site: System) -> tuple[str, Caller, Any]:
    """Return somebody who is known, and whose next moment leaves time to look at the page."""
    while True:
        name = new_code()
        person = site.phone(name)
        given = {"name": "李梅", "id_number": id_number()}
        person.send("PUT", "/v1/me/identity", given).raise_for_status()
        person.log_in()
        path = f"/v1/openings?service_id={SERVICE}&office_id={tour.HALL}"
        opening = person.get(path)
        moment, begin = (
            datetime.fromisoformat(opening[name]) for name in ("your_moment", "opens_at")
        )
        if moment - begin > timedelta(seconds=70):
            return name, person, opening
