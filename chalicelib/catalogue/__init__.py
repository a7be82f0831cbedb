"""The services that can be had, and the halls where one gets them."""
