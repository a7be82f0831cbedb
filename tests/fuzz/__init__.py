"""Calls to every operation, with whatever its description allows and with what it does not."""
