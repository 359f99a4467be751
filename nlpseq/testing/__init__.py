"""The conformance kit for authors of tasks."""
