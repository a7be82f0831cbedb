"""The routes of holders, staff and everyone, each in a module that is loaded with the room."""

from chalicelib.certificates.api import citizen, everyone, staff

__all__ = ["citizen", "everyone", "staff"]
