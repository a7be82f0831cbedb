"""The HTTP API on Lambda: the rooms' routes, and nothing else."""

from chalice.app import Chalice

from chalicelib.appointments import admin_api as appointments_admin
from chalicelib.appointments import api as appointments
from chalicelib.appointments import timetable_api as timetable
from chalicelib.cases import admin_api as cases_admin
from chalicelib.cases import api as cases
from chalicelib.cases.uploads import api as uploads
from chalicelib.catalogue import api as catalogue
from chalicelib.core import audit_api as audit
from chalicelib.core import reports_api as reports
from chalicelib.core import system, web
from chalicelib.deliveries import admin_api as deliveries_admin
from chalicelib.deliveries import api as deliveries
from chalicelib.identity import api as identity
from chalicelib.notifications import api as notifications
from chalicelib.payments import admin_api as payments_admin
from chalicelib.payments import api as payments

app = Chalice(app_name="onetrip")
web.install(app)
for room in (
    system,
    audit,
    reports,
    identity,
    notifications,
    catalogue,
    appointments,
    appointments_admin,
    timetable,
    cases,
    cases_admin,
    uploads,
    deliveries,
    deliveries_admin,
    payments,
    payments_admin,
):
    app.register_blueprint(room.routes)
