"""Joining the waiting list and leaving it; offers are made, accepted, declined and let lapse."""
