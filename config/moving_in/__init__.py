"""Moving in from another system: files rehearsed against a control total until they agree, then one switch."""
