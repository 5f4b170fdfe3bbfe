"""The ways into Peppol: one port, an adapter for each kind of access point, and the look-up of receivers."""
