"""What a message is, when it is sent again, and what is known of where it goes."""
