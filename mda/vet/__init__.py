"""Which reports may be believed: annotates with reasons, never deletes."""

from mda.vet.hearings import Vetter
from mda.vet.rows import row_flags

__all__ = ["Vetter", "row_flags"]
