"""The weekly digest: what it says (pure), and what its command asks of the outside."""
