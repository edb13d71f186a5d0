"""CARIBSIS: the common maritime picture of the Caribbean Community."""
