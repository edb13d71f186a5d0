"""Messages in, `Reports` and `Statics` out: one compiled pass for all messages of one form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from mda.clock import NO_TIME_US
from mda.decode.fields import LAYOUTS, Field, Rule, Text
from mda.decode.kernel_bits import (
    FLOAT_4,
    FLOAT_8,
    INSTANT,
    MODE,
    NUMBER_1,
    NUMBER_2,
    NUMBER_4,
    TURN,
    Columns,
    Work,
    identities,
    read_fields,
    read_text,
)
from mda.decode.messages import Messages
from mda.model.reports import F64, I32, I64, U32, Flag, Reports, Statics

B = TypeVar("B", Reports, Statics)
Noun = type[Reports] | type[Statics]

ITDMA_BIT: Final = 1 << 19
ANY: Final = 1 << 62
"""No number is greater."""
_OWN: Final = (Field("msg_type", 0, 6), Field("mmsi", 8, 30))
"""What every message has (M.1371-5 Annex 8, all messages)."""
_BLOCK_OF: Final = {
    "f4": "f4", "f8": "f8", "u1": "n1", "u2": "n2", "i4": "n4", "u4": "n4", "i8": "n8", "u8": "n8"
}  # fmt: skip
"""Which of `Columns` holds a dtype; its signed and unsigned numbers stand together."""
_BASE_OF: Final = {"f4": "f4", "f8": "f8", "n1": "u1", "n2": "u2", "n4": "u4", "n8": "i8"}
_KIND_OF: Final = {"f4": FLOAT_4, "f8": FLOAT_8, "u1": NUMBER_1, "u2": NUMBER_2, "u4": NUMBER_4}
_RULED: Final = {Rule.TURN: TURN, Rule.MODE: MODE, Rule.UTC: INSTANT}
_CRAFT: Final = {Rule.OWN_SIDE: -1, Rule.MOTHER: 1}


_ENVELOPE: Final = (
    "seq",
    "feed",
    "station",
    "at_us",
    "received_at_us",
    "report_id",
    "heard_id",
    "flags",
)
"""Columns of which a message's fields know nothing."""


def _places(noun: Noun) -> dict[str, tuple[str, int]]:
    """By column of a noun: the block that holds it, and its row there; those of the envelope are
    the first, `valid` is the last."""
    rows: dict[str, int] = dict.fromkeys(_BASE_OF, 0)
    found: dict[str, tuple[str, int]] = {}
    known = [name for name in _ENVELOPE if name in noun.DTYPES]
    names = [name for name in noun.DTYPES if name not in (*known, "valid")]
    for name in (*known, *names, "valid"):
        block = _BLOCK_OF.get(noun.DTYPES[name])
        if block is not None:
            found[name] = block, rows[block]
            rows[block] += 1
    return found


_PLACES: Final = {noun: _places(noun) for noun in (Reports, Statics)}


def _sizes(noun: Noun) -> dict[str, tuple[int, int]]:
    """By block: its columns, and those of the envelope among them."""
    held = {
        block: [n for n, (own, _) in _PLACES[noun].items() if own == block] for block in _BASE_OF
    }
    return {b: (len(names), len({*names} & {*_ENVELOPE})) for b, names in held.items()}


_SIZES: Final = {noun: _sizes(noun) for noun in _PLACES}
_WHOLE: Final = np.array([layout.bits for layout in LAYOUTS], np.int32)
"""By form: bits of a whole message."""
_HAS: Final[dict[Noun, NDArray[np.bool_]]] = {
    Reports: np.array([layout.reports for layout in LAYOUTS]),
    Statics: np.array([layout.statics for layout in LAYOUTS]),
}
"""By form: whether it gives rows of the noun."""


class _Plan(NamedTuple):
    """The fields of one form in one noun, as `read_fields` wants them."""

    steps: I64
    scales: F64
    texts: tuple[tuple[str, I64], ...]
    reached: int
    """Words that its fields reach into, and one more."""


def _plan(noun: Noun, fields: Sequence[Field], texts: Sequence[Text]) -> _Plan:
    steps = [_step(noun, field) for field in (*_OWN, *fields)]
    spans = tuple((text.column, np.array(text.spans, np.int64)) for text in texts)
    scales = [field.scale for field in (*_OWN, *fields)]
    table = np.array(steps, np.int64)
    last_bit = int((table[:, 2] + table[:, 3]).max()) - 1
    return _Plan(table, np.array(scales, np.float64), spans, (last_bit >> 6) + 2)


def _step(noun: Noun, field: Field) -> tuple[int, ...]:
    """A row of STEP."""
    sides = field.rule in (Rule.SIDE, Rule.OWN_SIDE)
    first, gate = (0, field.first) if sides else (field.first, -1)
    kind = _RULED.get(field.rule, _KIND_OF.get(noun.DTYPES[field.column], -1))
    plus = ITDMA_BIT if field.rule is Rule.ITDMA else 0
    place = _PLACES[noun][field.column][1]
    last = ANY if kind == INSTANT else field.last
    bits = (field.start, field.width, int(field.signed), first, last, plus, field.bit)
    return (kind, place, *bits, gate, _CRAFT.get(field.rule, 0))


_PLANS: Final = {
    Reports: [_plan(Reports, layout.report, ()) for layout in LAYOUTS],
    Statics: [_plan(Statics, layout.static, layout.texts) for layout in LAYOUTS],
}


def build(messages: Messages, at_us: I64, station: I32) -> tuple[Reports, Statics]:
    """Columns of all messages, in their order, given their event times and stations."""
    groups = list(_by_form(messages.form))
    ids = np.empty(len(messages), np.uint64)
    identities(messages.words, messages.at, messages.bits, at_us, ids)
    known = messages.stamp_us != NO_TIME_US
    envelope: dict[str, NDArray[Any]] = {
        "seq": messages.seq,
        "feed": messages.feed,
        "station": station,
        "at_us": at_us,
        "received_at_us": np.where(known, messages.stamp_us, messages.stored_at_us),
        "report_id": ids,
        "heard_id": ids,
        "flags": messages.flags | _cut_short(messages),
    }
    return (
        _filled(Reports, messages, envelope, groups),
        _filled(Statics, messages, envelope, groups),
    )


def _cut_short(messages: Messages) -> U32:
    """The flag of messages that are shorter than their form."""
    short = messages.bits < _WHOLE.take(messages.form)
    return short * np.uint32(Flag.TRUNCATED)


def _by_form(form: I32) -> Iterator[tuple[int, I64]]:
    """Positions of the messages of each form that occurs, rising."""
    order = np.argsort(form.astype(np.uint8), kind="stable")
    ends = np.cumsum(np.bincount(form, minlength=len(LAYOUTS))).tolist()
    for k, (first, last) in enumerate(zip([0, *ends], ends, strict=False)):
        if last > first:
            yield k, order[first:last]


def _filled(
    noun: type[B],
    messages: Messages,
    envelope: Mapping[str, NDArray[Any]],
    groups: list[tuple[int, I64]],
) -> B:
    """The columns of those messages whose form gives rows of this noun; `envelope` has those that
    their fields know nothing of."""
    has, plans = _HAS[noun], _PLANS[noun]
    groups = [(k, chosen) for k, chosen in groups if has[k]]
    size = sum(chosen.size for _, chosen in groups)
    batch, columns = _blank(noun, size)
    if size == 0:
        return batch
    mine = has.take(messages.form)
    row, at = np.cumsum(mine, dtype=np.int64) - 1, np.flatnonzero(mine)
    for name, column in envelope.items():
        if name in noun.DTYPES:
            column.take(at, out=getattr(batch, name), mode="clip")  # none is clipped: faster
    for k, chosen in groups:
        plan = plans[k]
        bits = messages.words, messages.at, messages.bits, chosen, row.take(chosen)
        read_fields(*bits, plan.steps, plan.scales, columns, Work.of(plan.reached))
        for name, spans in plan.texts:
            text = getattr(batch, name)
            read_text(*bits, spans, text.view(np.uint8).reshape(size, -1))
    return batch


def _blank(noun: type[B], rows: int) -> tuple[B, Columns]:
    """Columns in which nothing is available, and the blocks that they are rows of; those of the
    envelope hold anything."""
    places = _PLACES[noun]
    blocks: dict[str, NDArray[Any]] = {}
    for name, (size, known) in _SIZES[noun].items():
        blocks[name] = np.empty((size, rows), _BASE_OF[name])
        blocks[name][known:] = np.nan if name[0] == "f" else 0
    columns = {
        name: blocks[places[name][0]][places[name][1]].view(dtype)
        if name in places
        else np.zeros(rows, dtype)
        for name, dtype in noun.DTYPES.items()
    }
    return noun(**columns), Columns(**blocks)
