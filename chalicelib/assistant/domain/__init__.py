"""How a question is understood, and what an answer is."""
