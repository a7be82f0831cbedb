"""Couriers: their accounts and secrets, and which of them has a parcel."""
