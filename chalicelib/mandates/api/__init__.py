"""The routes of mandates, for both of their sides."""

from chalicelib.mandates.api import mandates

__all__ = ["mandates"]
