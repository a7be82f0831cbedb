"""What verifies factors that the house does not; each is imported when it is first used."""
