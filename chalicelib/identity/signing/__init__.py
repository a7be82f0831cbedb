"""A second factor by which verified persons sign what cannot be taken back."""
