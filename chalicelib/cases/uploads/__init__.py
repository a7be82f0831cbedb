"""Materials as files: announced, uploaded by the phone, verified, kept, and shown to few."""
