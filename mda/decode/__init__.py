"""Sentences to columns: framing, TAG blocks, reassembly, fields. Every line ends in the books."""

from mda.decode.decoder import NmeaDecoder
from mda.decode.dialect import Dialect, LineTimes, tell
from mda.decode.dispatch import LogDecoder
from mda.decode.limits import Limits
from mda.decode.line_clock import received_at
from mda.decode.pyais_edge import detail
from mda.decode.rows_layouts import check_map
from mda.decode.table import decoded_table

__all__ = [
    "Dialect",
    "Limits",
    "LineTimes",
    "LogDecoder",
    "NmeaDecoder",
    "check_map",
    "decoded_table",
    "detail",
    "received_at",
    "tell",
]
