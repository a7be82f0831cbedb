"""The routes of the guide, each subject in a module that is loaded with the room."""

from chalicelib.catalogue.api import departments, offices, services

__all__ = ["departments", "offices", "services"]
