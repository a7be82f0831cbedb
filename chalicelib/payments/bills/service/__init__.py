"""Use cases of bills and of their issuers."""
