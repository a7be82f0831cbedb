"""The outside world on one machine: each stand-in is a small honest server under /stand-ins/."""
