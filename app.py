"""The HTTP API on Lambda: the rooms' routes, and nothing else."""

from chalice.app import Chalice

from chalicelib.catalogue import api as catalogue
from chalicelib.core import system, web
from chalicelib.identity import api as identity

app = Chalice(app_name="onetrip")
web.install(app)
app.register_blueprint(system.routes)
app.register_blueprint(identity.routes)
app.register_blueprint(catalogue.routes)
