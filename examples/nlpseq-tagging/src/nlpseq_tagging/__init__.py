"""A part of speech for every word."""
