"""Letters to print for who is reached by nothing else."""
