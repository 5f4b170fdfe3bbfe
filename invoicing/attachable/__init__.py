"""What may go with a document: bytes in, bytes without anything that acts out. Pure, and run apart from the server.

What a file is, is decided by its content, never by its name. Only what an EHF may carry is taken (EN 16931, BT-125:
PDF, PNG, JPEG, CSV, XLSX, ODS), and everything is written anew, so that nothing hidden in the upload is kept.
"""
