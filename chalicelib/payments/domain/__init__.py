"""Payments, refunds, and the rules by which providers move them: pure values and functions."""
