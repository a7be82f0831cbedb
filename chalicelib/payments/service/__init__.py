"""The room's use cases."""
