"""Signing and verifying, sending, and sending again."""
