"""Our vouchers in an accounting system's words; makes no voucher. Pure: values in, values out."""
