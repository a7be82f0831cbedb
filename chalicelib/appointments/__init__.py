"""Appointments: schedule, slots, seats, passes, check-in."""
