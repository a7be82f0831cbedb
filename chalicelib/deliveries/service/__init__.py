"""What citizens, staff and couriers do with parcels."""
