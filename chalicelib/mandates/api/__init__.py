"""The routes of mandates: for both of their sides, and at the counter."""

from chalicelib.mandates.api import counter, mandates, organisations

__all__ = ["counter", "mandates", "organisations"]
