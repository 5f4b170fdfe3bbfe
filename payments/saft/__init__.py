"""SAF-T Financial 1.30: the ledger of a period as one file that the Norwegian tax administration reads."""
