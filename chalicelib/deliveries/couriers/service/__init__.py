"""What is done with accounts of couriers and with their messages."""
