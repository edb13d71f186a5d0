"""The earth: distances, bearings, dead reckoning, and the one door to compiled kernels."""
