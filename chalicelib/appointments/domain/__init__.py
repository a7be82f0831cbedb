"""Slots, appointments, the queue and what limits bookings: values and rules."""
