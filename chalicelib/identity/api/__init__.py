"""The routes of citizens and of log-in, each subject in a module that is loaded with the room."""

from chalicelib.identity.api import members, personal, profile, sessions

__all__ = ["members", "personal", "profile", "sessions"]
