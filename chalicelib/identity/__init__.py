"""Who people are: citizens, their families, staff, and how they log in."""
