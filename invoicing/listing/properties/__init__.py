"""Every property of a document that a person may filter by, show in the list or export, one row each.

`kinds` says what may be asked of a kind of value, `registry` which properties there are, `conditions` what they
become in SQL, `showing` what a person reads.
"""
