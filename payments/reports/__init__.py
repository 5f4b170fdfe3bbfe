"""What the ledger says: sums and lists of what is posted, in few set-based statements; nothing is changed here."""
