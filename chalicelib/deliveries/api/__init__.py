"""The routes of citizens, staff and couriers, each in a module that is loaded with the room.

What the room holds of persons is entered with them.
"""

from chalicelib.deliveries.api import citizen, staff, tracking
from chalicelib.deliveries.service import personal

__all__ = ["citizen", "personal", "staff", "tracking"]
