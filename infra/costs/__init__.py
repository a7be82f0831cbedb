"""What a month of a prefecture and of a province costs, from metered counts, loads and prices."""
