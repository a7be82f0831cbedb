"""What is published, and the rules by which nobody is found in it."""
