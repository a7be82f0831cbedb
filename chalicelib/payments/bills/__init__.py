"""Bills: what issuers ask people to pay, from the first message to the last cent."""
