"""What the bot says and knows: no platform, no database, no network."""
