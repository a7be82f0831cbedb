"""The number and the mail address by which a person is reached, each proven by a code."""
