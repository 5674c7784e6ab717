"""The pages under /admin."""
