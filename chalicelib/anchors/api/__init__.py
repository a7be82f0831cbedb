"""The routes of anchors, and how a proof is shown."""
