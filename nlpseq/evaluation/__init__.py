"""Predictions x references -> report."""
