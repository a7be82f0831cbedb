"""Draws of scarce seats by commitment and disclosure, which anybody can check offline."""
