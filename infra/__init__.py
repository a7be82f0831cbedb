"""What runs the product: on AWS, and on one machine."""
