"""The routes of the guide, each subject in a module that is loaded with the room."""

from chalicelib.catalogue.api import offices, services

__all__ = ["offices", "services"]
