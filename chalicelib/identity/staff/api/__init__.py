"""The routes by which admins keep the accounts of staff, loaded with the package."""

from chalicelib.identity.staff.api import accounts

__all__ = ["accounts"]
