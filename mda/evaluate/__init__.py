"""The scorer: what the node finds in a recording, against what is known to have happened there.

Every rate comes with its n and its 95 % bounds; nothing divides by zero silently.
"""
