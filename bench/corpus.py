"""The file that every decoder reads: bundled recordings and generated messages, over and over.

Nothing here asks the product's own code. One *cycle* is the bundled CaribeWave recording without
most of its aids to navigation (in it one aid in three repeats identical bits every two seconds),
plus messages from pyais' encoder for the types and shares that a shore station hears and that
recording lacks. Every further cycle is the same with other MMSI and other places, so that neither
caches nor compression find what a real sea does not repeat; the checksums follow.
"""

from __future__ import annotations

import gzip
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyais.encode import encode_dict

RECORDING: Final = Path(__file__).resolve().parents[1] / "data/caribewave/log_ais_cw17.csv.log.gz"
SEED: Final = 1490075479
AID_EVERY: Final = 50
"""Of the recording's type 21 one in so many is kept."""
SPOILT: Final = 500
"""One sentence in so many gets a wrong checksum; inland recordings have about that share."""
BETWEEN: Final = 10
"""In the tagged file another message stands between the parts of one message in so many, as where
many stations meet. In the recordings that we know (over 2,000 messages of two parts) it is none."""
GENERATED: Final = {
    2: 150,
    4: 900,
    5: 350,
    6: 20,
    8: 150,
    9: 20,
    11: 5,
    12: 3,
    14: 5,
    17: 10,
    18: 700,
    19: 60,
    20: 60,
    21: 200,
    24: 300,
    27: 250,
}
"""Messages of each type added to a cycle: chosen, not measured, to have every type of a busy
coast in it: about 3/4 Class A, 1/10 Class B, 1/20 voyage data of two parts."""
TAG_EPOCH_S: Final = 1490075479
TAG_PER_S: Final = 30
"""Sentences a second in the tagged file."""

Octets = NDArray[np.uint8]


@dataclass
class Corpus:
    """A file of sentences and what is in it."""

    path: Path
    sentences: int
    messages: int
    """Whole messages whose every checksum is right."""
    messages_by_type: dict[int, int] = field(default_factory=dict)
    spoilt: int = 0

    def to_json(self) -> dict[str, Any]:
        """What the file was made of, for the record beside the figures."""
        return {
            "sentences": self.sentences,
            "messages": self.messages,
            "bytes": self.path.stat().st_size,
            "messages_by_type": {str(k): v for k, v in sorted(self.messages_by_type.items())},
            "wrong_checksums": self.spoilt,
            "made_of": f"{RECORDING.name} (one type 21 in {AID_EVERY}) and pyais' encoder",
        }


class Cycle:
    """The sentences that a corpus repeats, and where the characters stand that change."""

    def __init__(self, between: int = 0) -> None:
        """`between`: another message stands between the parts of one message in so many."""
        draw = random.Random(SEED)
        messages = list(_recorded())
        for msg_type, count in GENERATED.items():
            for _ in range(count):
                messages.insert(draw.randrange(len(messages)), _generated(msg_type, draw))
        lines: list[bytes] = []
        self.by_type: Counter[int] = Counter()
        self.spoilt = 0
        for message in messages:
            spoil = draw.randrange(SPOILT) == 0
            parts = [_spoilt(part) for part in message] if spoil else message
            if len(parts) == 1 and _part(lines) == b"2" and between and not draw.randrange(between):
                lines.insert(-1, parts[0])
            else:
                lines += parts
            self.spoilt += len(message) * spoil
            if not spoil:
                self.by_type[_six(message[0].split(b",")[5][0])] += 1
        self.sentences = len(lines)
        self.octets = np.frombuffer(b"\n".join(lines) + b"\n", np.uint8)
        self._places = _changing(lines)

    @property
    def messages(self) -> int:
        """Whole, faultless messages in a cycle."""
        return self.by_type.total()

    def turned(self, turn: int) -> bytes:
        """The cycle with other MMSI and places; turn 0 is as made. Different up to turn 4095."""
        octets = self.octets.copy()
        steps = (turn >> 6, turn, 7 * turn, 11 * turn)
        for (at, total), step in zip(self._places, steps, strict=True):
            old = octets[at]
            six = (old - 48) - 8 * (old > 88).astype(np.uint8)
            six = (six + np.uint8(step & 63)) & np.uint8(63)
            new = six + 48 + 8 * (six >= 40).astype(np.uint8)
            octets[at] = new
            # The checksum is an exclusive or over the sentence: it changes by what changed.
            value = (_hex(octets[total]) << 4 | _hex(octets[total + 1])) ^ old ^ new
            octets[total], octets[total + 1] = _DIGITS[value >> 4], _DIGITS[value & 15]
        return octets.tobytes()


def _part(lines: list[bytes]) -> bytes:
    """The part number of the last line."""
    return lines[-1].split(b",", 3)[2] if lines else b""


_DIGITS: Final = np.frombuffer(b"0123456789ABCDEF", np.uint8)


def _hex(digits: Octets) -> Octets:
    return (digits - 48 - 7 * (digits > 57).astype(np.uint8)).astype(np.uint8)


def _six(char: int) -> int:
    return char - 48 - 8 * (char > 88)


def _changing(lines: list[bytes]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Characters of the payloads that a turn changes, each beside its checksum's first digit.

    Character 4 and 5 (bits 24-35) lie in the MMSI of every type; character 12 in the longitude and
    17 in the latitude of types 1, 2, 3 and 18 (ITU-R M.1371-5 Annex 8).
    """
    found: list[list[tuple[int, int]]] = [[] for _ in range(4)]
    begin = 0
    for line in lines:
        fields = line.split(b",")
        payload, total = begin + line.index(fields[5], 12), begin + len(line) - 2
        if fields[2] == b"1":
            found[0].append((payload + 4, total))
            found[1].append((payload + 5, total))
            if _six(fields[5][0]) in (1, 2, 3, 18):
                found[2].append((payload + 12, total))
                found[3].append((payload + 17, total))
        begin += len(line) + 1
    places = (np.array(pairs, np.int64).reshape(-1, 2).T for pairs in found)
    return [(at, total) for at, total in places]


def _recorded() -> Iterator[list[bytes]]:
    """The recording's messages, each as its sentences, without their times."""
    aids, parts = 0, []
    with gzip.open(RECORDING) as file:
        for line in file:
            sentence = line.partition(b",")[2].strip()
            if not sentence.startswith(b"!"):
                continue
            total, number, payload = (sentence.split(b",")[k] for k in (1, 2, 5))
            if number == b"1":
                parts = [sentence]
            elif parts:
                parts.append(sentence)
            if len(parts) != int(total):
                continue
            if _six(payload[0]) == 21 and total == b"1":
                aids += 1
                if aids % AID_EVERY:
                    continue
            yield parts


def _spoilt(sentence: bytes) -> bytes:
    """The sentence with a wrong checksum."""
    return sentence[:-2] + b"%02X" % (int(sentence[-2:], 16) ^ 1)


def _generated(msg_type: int, draw: random.Random) -> list[bytes]:
    """A message of that type with drawn fields, as pyais encodes it."""
    body: dict[str, Any] = {
        "type": msg_type,
        "msg_type": msg_type,
        "mmsi": draw.randrange(201_000_000, 775_000_000),
        "lon": round(draw.uniform(-85, -59), 5),
        "lat": round(draw.uniform(9, 23), 5),
        "speed": round(draw.uniform(0, 25), 1),
        "course": round(draw.uniform(0, 359.9), 1),
        "heading": draw.randrange(360),
        "second": draw.randrange(60),
        "turn": draw.randrange(-20, 20),
        "status": draw.randrange(9),
        "accuracy": draw.randrange(2),
        "raim": draw.randrange(2),
        "radio": draw.randrange(1 << 19),
        "shipname": _words(draw, 20),
        "callsign": _words(draw, 7),
        "destination": _words(draw, 20),
        "imo": draw.randrange(9_000_000, 9_999_999),
        "ship_type": draw.choice((30, 37, 52, 60, 70, 80)),
        "to_bow": draw.randrange(1, 300),
        "to_stern": draw.randrange(1, 60),
        "to_port": draw.randrange(1, 30),
        "to_starboard": draw.randrange(1, 30),
        "draught": round(draw.uniform(1, 15), 1),
        "month": draw.randrange(1, 13),
        "day": draw.randrange(1, 29),
        "hour": draw.randrange(24),
        "minute": draw.randrange(60),
        "epfd": 1,
        "alt": draw.randrange(3000),
        "year": 2017,
        "partno": draw.randrange(2),
        "dest_mmsi": draw.randrange(201_000_000, 775_000_000),
        "text": _words(draw, 30),
        "name": _words(draw, 20),
        "aid_type": draw.randrange(1, 32),
        "dac": 1,
        "fid": 31,
        "data": draw.randbytes(24),
        "offset1": 100,
        "number1": 3,
        "timeout1": 7,
        "increment1": 225,
    }
    if msg_type in (4, 11):
        body["mmsi"] = draw.randrange(2_010_000, 7_750_000)
    if msg_type in (17, 27):
        body["lon"], body["lat"] = round(body["lon"], 1), round(body["lat"], 1)
        body["speed"], body["course"] = int(body["speed"]), int(body["course"])
    channel, sequence = draw.choice("AB"), draw.randrange(1, 10)
    sentences = encode_dict(body, talker_id="AI", radio_channel=channel, seq_id=sequence)
    return [sentence.encode() for sentence in sentences]


def _words(draw: random.Random, longest: int) -> str:
    return "".join(draw.choice("ABCDEFGHIKLMNOPRSTUVY ") for _ in range(longest)).strip()


def write(path: Path, cycle: Cycle, turns: int) -> Corpus:
    """A file of so many turns of the cycle: bare sentences, as a receiver sends them."""
    with path.open("wb") as file:
        for turn in range(turns):
            file.write(cycle.turned(turn))
    by_type = {kind: count * turns for kind, count in cycle.by_type.items()}
    return Corpus(
        path, cycle.sentences * turns, cycle.messages * turns, by_type, cycle.spoilt * turns
    )


def write_bytes(path: Path, cycle: Cycle, size: int) -> Corpus:
    """The same, of at least so many bytes."""
    return write(path, cycle, -(-size // cycle.octets.size))


def write_tagged(path: Path, cycle: Cycle, turns: int) -> Corpus:
    """The same behind TAG blocks with station and time, as national streams send them."""
    corpus = write(path, cycle, turns)
    lines = path.read_bytes().splitlines(keepends=True)
    groups = _whole_groups(lines[: cycle.sentences])
    second = 0
    with path.open("wb") as file:
        for first in range(0, len(lines), cycle.sentences):
            for begin, end in groups:
                body = b"s:shore%d,c:%d" % (second % 4, TAG_EPOCH_S + second)
                total = int(np.bitwise_xor.reduce(np.frombuffer(body, np.uint8)))
                tag = b"\\%s*%02X\\" % (body, total)
                file.write(tag + tag.join(lines[first + begin : first + end]))
                second += 1
    return corpus


def _whole_groups(lines: list[bytes]) -> list[tuple[int, int]]:
    """Stretches of about `TAG_PER_S` lines that part no message: first line and end of each."""
    groups, begin, waiting = [], 0, 0
    for i, line in enumerate(lines):
        _, total, number, _ = line.split(b",", 3)
        waiting += int(total) - 1 if number == b"1" else -1
        if waiting == 0 and (i + 1 - begin >= TAG_PER_S or i + 1 == len(lines)):
            groups.append((begin, i + 1))
            begin = i + 1
    return groups
