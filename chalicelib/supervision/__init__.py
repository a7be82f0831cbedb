"""Alerts for supervisors: time limits, order of steps, content, fees and integrity."""
