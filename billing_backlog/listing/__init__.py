"""The list of the backlog: what is asked of it, its rows, groups and sums, what is chosen in it, and its export."""
