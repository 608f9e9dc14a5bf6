"""One file is one command, on every platform. Put a file here and it is there."""
