"""Letters out and answers in: what a letter says, how it is rendered and composed, and how it travels."""
