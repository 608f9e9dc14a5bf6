"""careerbot: career answers for communities of would-be AI engineers, on Slack and Discord."""
