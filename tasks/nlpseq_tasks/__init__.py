"""The built-in tasks, each as a stranger would write it."""
