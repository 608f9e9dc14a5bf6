"""What the bot says unasked (results, reminders, digests), each thing once: an outbox, and a courier who empties it."""
