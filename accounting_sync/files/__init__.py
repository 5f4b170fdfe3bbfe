"""Vouchers as files that other accounting systems read: plain values in, bytes out. Pure."""
