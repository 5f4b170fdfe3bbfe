"""Movements on the bank's accounts: which claim each one pays, what is asked of a person, and in which words."""
