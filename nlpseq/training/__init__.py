"""Examples -> weights."""
