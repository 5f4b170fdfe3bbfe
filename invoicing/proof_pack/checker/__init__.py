"""The offline checker, room by room; `invoicing.proof_pack.script` puts the rooms together into one file.

Whatever stands here needs Python 3.9 and its standard library, nothing of the application and no network.
"""
