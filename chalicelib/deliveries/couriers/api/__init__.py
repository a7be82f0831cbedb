"""The routes of staff for couriers."""
