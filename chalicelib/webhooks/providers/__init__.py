"""The one way out to endpoints of others."""
