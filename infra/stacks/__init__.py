"""The stacks, in the order in which they are deployed: data, workers, api, watch."""
