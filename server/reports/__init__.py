"""Reports and exports: any list, the whole ledger and the blank template, as xlsx or csv.

`queries` read what is to be written, a page at a time, through the slices' own queries;
`documents/` say which columns there are and write the sheets; `actions` check and audit;
`views` answer downloads. The import of what goes out here stands in `server.intake`.
"""
