"""The command line: the only place that names feeds, zones, files and the wall clock together."""
