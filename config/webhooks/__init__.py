"""News for programs: what happens here, told to the addresses that want to know, signed and until they have it."""
