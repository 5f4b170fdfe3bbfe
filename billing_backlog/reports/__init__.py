"""From work to invoice: what is unbilled, how long it takes, what was agreed, given up, and what comes next."""
