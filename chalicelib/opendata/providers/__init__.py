"""Where published files are."""
