"""Subscribers: systems of the city that hear by signed messages what happens in the halls."""
