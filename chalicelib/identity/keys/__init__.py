"""The wrapped keys of citizens and organisations, apart from all that they seal."""
