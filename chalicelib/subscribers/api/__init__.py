"""The routes of subscribers."""
