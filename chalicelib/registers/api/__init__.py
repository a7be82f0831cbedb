"""The routes of citizens; views stand in a module of their own, for other rooms."""
