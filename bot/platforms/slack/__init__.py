"""Slack: the second adapter. `app.SlackBot` is what the composition root makes."""
