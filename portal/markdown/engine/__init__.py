"""
What runs in the child process: Markdown in, safe HTML out.

Nothing here imports Django or the rest of the product, so that a child starts in a moment,
knows no secret and can be killed at any time.
"""
