"""Electronic certificates: issued by a case, shown by their holders, verified by anybody."""
