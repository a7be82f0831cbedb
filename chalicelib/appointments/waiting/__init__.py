"""The waiting list: who waits for a seat that is given back, and what is offered to them."""
