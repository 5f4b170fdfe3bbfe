"""The door for programs: whose token it is, what it may, how often, and that a call twice is a call once."""
