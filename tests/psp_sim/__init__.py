"""Payment providers for tests: real HTTP on the loopback address, strict about what they are asked, with faults."""
