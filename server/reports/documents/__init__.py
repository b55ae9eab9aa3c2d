"""What goes out: the sheet that is written, and the columns of the ledger and its template."""
