"""Announcing draws, entering them, holding them, and giving out what they gave."""
