"""The simulator: a sea with known truth, and what shore stations hear of it.

It knows the coast, the ports and the zones, and never a detector. See docs/simulator.md.
"""
