"""What other offices know: look-ups in their registers with a citizen's consent."""
