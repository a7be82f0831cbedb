"""The rules of draws."""
