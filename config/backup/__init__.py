"""Backup and restore: one file that holds the database as it was at one moment, and the stored files."""
