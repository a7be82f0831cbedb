"""The routes of the guide, each subject in a module of its own."""
