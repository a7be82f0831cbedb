"""What a bill is, what it comes to on a day, and what becomes of it; who issues it."""
