"""What every answer to a machine has in common: how values are written, how lists are cut, how refusals are told."""
