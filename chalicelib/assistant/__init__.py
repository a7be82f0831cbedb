"""Questions in people's own words, answered from the catalogue and from published answers."""
