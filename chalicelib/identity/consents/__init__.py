"""What citizens agreed to about their data, by purpose, and what they took back."""
