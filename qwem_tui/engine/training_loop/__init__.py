"""The loop that trains: steps, what is measured of them, and whether it goes well or is done."""
