"""How a person wants to be told of each kind of thing, and when they are left alone."""
