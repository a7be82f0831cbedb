"""The routes of holders, staff and everyone, each in a module of its own."""
