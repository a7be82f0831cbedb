"""The routes of bills and of their issuers."""
