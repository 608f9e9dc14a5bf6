"""The adapters: each makes Requests of what its platform sends, and renders Replies in its platform's own way."""
