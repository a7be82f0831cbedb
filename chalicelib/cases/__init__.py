"""Cases: applications, their steps and time limits, progress, alerts and ratings."""
