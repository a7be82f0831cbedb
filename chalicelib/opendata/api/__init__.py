"""Routes of open data."""
