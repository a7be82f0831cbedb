"""The HTTP API on Lambda: the rooms that answer, and nothing else."""

from chalicelib.core.cold_start import paused_gc

with paused_gc():
    from chalice.app import Chalice

    from chalicelib.core.routing import Api, LazyRouter

app: Chalice = Api(app_name="onetrip")
router = LazyRouter()
router.install(app)
