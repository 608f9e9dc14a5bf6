"""Discord: the client, commands from the registry, and replies as Components V2."""
