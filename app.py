"""The HTTP API on Lambda: the rooms that answer, and nothing else."""

from typing import Final

from chalicelib.core.cold_start import paused_gc

with paused_gc():
    from chalice.app import Chalice

    from chalicelib.core.routing import LazyRouter

ROOMS: Final = (
    "chalicelib.core.system",
    "chalicelib.core.audit_api",
    "chalicelib.core.statistics_api",
    "chalicelib.identity.api",
    "chalicelib.notifications.api",
    "chalicelib.catalogue.api",
    "chalicelib.appointments.api",
    "chalicelib.appointments.admin_api",
    "chalicelib.appointments.timetable_api",
    "chalicelib.cases.api",
    "chalicelib.cases.admin_api",
    "chalicelib.cases.uploads.api",
    "chalicelib.deliveries.api",
    "chalicelib.deliveries.couriers.api",
    "chalicelib.payments.api",
    "chalicelib.payments.admin_api",
)
# These ask nothing of what other rooms enter when they are imported: holders of personal data,
# histories, reports, ratings. Who asks for any other room finds the whole house.
ALONE: Final = ("chalicelib.appointments.api", "chalicelib.appointments.admin_api")

app = Chalice(app_name="onetrip")
router = LazyRouter(ROOMS, ALONE)
router.install(app)
