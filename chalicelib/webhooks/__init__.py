"""Webhooks: signed messages that go out in order and at least once, and those that come in."""
