"""Notices: what a person hears about their own affairs, in the inbox and on the phone."""
