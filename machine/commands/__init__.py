"""What the scripts in bin/ do, one module per script."""
