"""Invoice basis in the layouts of finance systems: records in, bytes out, and bytes in again. Pure."""
