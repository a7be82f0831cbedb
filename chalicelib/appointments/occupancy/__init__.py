"""How busy halls are today: counted by a timer, read in one trip."""
