"""careerbot: career answers for communities of would-be AI engineers, on Slack and Discord."""

__version__ = "0.1.0"
