"""Writers of what users take away: reports, tables, CSV, JSON and HTML of runs, predictions, plans and sweeps."""
