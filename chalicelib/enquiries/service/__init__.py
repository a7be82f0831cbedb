"""Use cases of enquiries: submitted, followed, answered, published, watched."""
