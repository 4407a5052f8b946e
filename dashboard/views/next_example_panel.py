"""What the domain looks like: one new example of the task beside the labelled ones, and what is said of it."""
