"""What quotes and order confirmations say: composed by the one arithmetic, and printed like other papers."""
