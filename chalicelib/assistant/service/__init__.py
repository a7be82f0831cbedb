"""Answering questions, hearing whether that helped, and what is counted of it."""
