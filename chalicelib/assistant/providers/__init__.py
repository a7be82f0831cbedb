"""Who puts answers into words; a city's own language model is imported when it is first used."""

from functools import cache

from chalicelib.assistant.domain.answers import Answerer, embedded
from chalicelib.core import dependencies
from chalicelib.core.settings import SETTINGS


@cache
def answerer() -> Answerer:
    """Return the language model of the settings, else the embedded one, which asks nobody."""
    if not SETTINGS.assistant_model_url:
        return embedded
    from chalicelib.assistant.providers.http_model import HttpModel  # noqa: PLC0415 - cold start.

    return HttpModel(
        SETTINGS.assistant_model_url, dependencies.secret("assistant_model_key").encode()
    )
