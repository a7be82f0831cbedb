"""A parcel, and the rules by which reports move it."""
