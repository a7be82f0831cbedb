"""What anchors do: collect the ends of chains, make the day's anchor, prove and verify."""
