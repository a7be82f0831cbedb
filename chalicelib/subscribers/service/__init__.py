"""Use cases of subscribers and of what they are told."""
