"""The HTTP API on Lambda: the rooms' routes, and nothing else."""

from chalice.app import Chalice

from chalicelib.core import system, web

app = Chalice(app_name="onetrip")
web.install(app)
app.register_blueprint(system.routes)
