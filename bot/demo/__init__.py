"""Both platforms in a browser, with no account."""
