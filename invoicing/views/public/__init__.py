"""The customer's own pages: open to whoever holds a secret link, and to nobody else."""
