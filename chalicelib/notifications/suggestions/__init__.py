"""What is told before it is asked for, to who wants it, and why it is known."""
