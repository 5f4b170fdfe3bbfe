"""Files of work taken into the backlog: read, rehearsed row by row, and taken as rehearsed."""
