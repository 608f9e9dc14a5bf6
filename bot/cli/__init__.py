"""What the commands of `careerbot` do, but for `run`, `demo` and `chat`: one file for each."""
