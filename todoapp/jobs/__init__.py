"""What is done in the background: the worker, the kinds of jobs, and when they are run."""
