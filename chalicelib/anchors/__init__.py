"""Anchors: a signed root over the ends of all histories, daily, where nobody can delete it."""
