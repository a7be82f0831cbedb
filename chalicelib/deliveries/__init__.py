"""Papers fetched and results brought: couriers, their messages and reports, parcels to follow."""
