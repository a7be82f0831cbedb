"""The key that signs anchors, and the bucket that keeps them."""
