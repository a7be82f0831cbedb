"""The whole system on one machine, bound to 127.0.0.1."""
