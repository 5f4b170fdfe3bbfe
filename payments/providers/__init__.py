"""Payment providers behind one interface; only modules in here speak to them."""
