"""Payments: money in, money back, receipts, and books that are right every evening."""
