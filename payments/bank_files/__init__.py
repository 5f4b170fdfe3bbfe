"""Bank files: bytes in, bank lines out, and payment files the other way. Pure: no Django, no database, no clock.

`detect.read_bank_file` tells a file by its content and reads it, all or nothing; `lines` holds what comes out, `faults`
why a file is refused. What a line pays is for `payments.bank.matching` to say.
"""
