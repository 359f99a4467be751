"""The command line: one file per command; bodies import lazily."""
