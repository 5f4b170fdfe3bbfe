"""Every voucher in the company's accounting system, exactly once, and the proof that it is there."""
