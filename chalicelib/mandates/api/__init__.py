"""The routes of mandates, for both of their sides."""

from chalicelib.mandates.api import mandates, organisations

__all__ = ["mandates", "organisations"]
