"""Use cases: publish, find, and sum up."""
