"""Sentences to columns: framing, TAG blocks, reassembly, fields. Every line ends in the books."""

from mda.decode.decoder import NmeaDecoder
from mda.decode.limits import Limits
from mda.decode.pyais_edge import detail
from mda.decode.stamps import received_at
from mda.decode.table import decoded_table

__all__ = ["Limits", "NmeaDecoder", "decoded_table", "detail", "received_at"]
