"""How messages and their attempts look to staff, for the rooms that send."""
