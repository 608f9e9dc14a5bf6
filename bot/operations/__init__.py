"""What an operator sees: the log, whether it is well, and how it does."""
