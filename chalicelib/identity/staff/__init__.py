"""Accounts of staff: log-in by password and one-time code, and their administration."""
