"""Django's PostgreSQL backend, taught what an organization is.

Opening a transaction names the organization to the database, and every table with an organization gets a database key
that begins with it, forced row security and foreign keys that cannot point across.
"""
