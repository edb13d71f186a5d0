"""The file that the benches read is what it says it is, whoever reads it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pyais import FileReaderStream

from bench import corpus


@pytest.fixture(scope="module")
def cycle() -> corpus.Cycle:
    return corpus.Cycle()


def _sound(line: bytes) -> bool:
    sentence = line[line.index(b"!") + 1 :]
    total = 0
    for octet in sentence[:-3]:
        total ^= octet
    return total == int(sentence[-2:], 16)


def test_every_turn_has_its_own_vessels_and_checksums_that_are_right(cycle: corpus.Cycle) -> None:
    first, again, far = (cycle.turned(turn).splitlines() for turn in (0, 0, 4095))
    assert first == again
    assert len(first) == cycle.sentences
    for lines in (first, far):
        assert sum(not _sound(line) for line in lines) == cycle.spoilt
    assert not {line for line in first if b",2,2," not in line} & set(far)


def test_pyais_finds_the_messages_that_were_put_in(tmp_path: Path, cycle: corpus.Cycle) -> None:
    for write in (corpus.write, corpus.write_tagged):
        made = write(tmp_path / "made.nmea", cycle, 1)
        with FileReaderStream(made.path) as stream:
            sound = (sentence for sentence in stream if sentence.is_valid)
            found = Counter(int(sentence.decode().msg_type) for sentence in sound)
        assert dict(found) == made.messages_by_type
        assert found.total() == made.messages


def test_no_message_is_parted_by_a_tag(tmp_path: Path) -> None:
    made = corpus.write_tagged(tmp_path / "tagged.nmea", corpus.Cycle(corpus.BETWEEN), 2)
    lines = made.path.read_bytes().splitlines()
    assert len(lines) == made.sentences
    waiting: dict[tuple[bytes, ...], bytes] = {}
    for line in lines:
        tag, _, sentence = line.rpartition(b"\\")
        _, total, number, sequence, channel, _ = sentence.split(b",", 5)
        if number == b"1":
            waiting[total, sequence, channel] = tag
        else:
            assert waiting[total, sequence, channel] == tag
