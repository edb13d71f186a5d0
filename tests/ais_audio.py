"""AIS on air as the audio of a receiver's discriminator: for demodulators that play our peers.

A burst (ITU-R M.1371-5, annex 2): 24 bits of training, flag, payload with CRC-16/X.25, flag; bits
stuffed after five ones, NRZI, 9600 bit/s, shaped by a Gaussian filter of BT 0.4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
PER_BIT = RATE_HZ // 9600
FLAG = [0, 1, 1, 1, 1, 1, 1, 0]


def _armoured_bits(payload: str) -> list[int]:
    values = [ord(c) - 48 - (8 if ord(c) > 88 else 0) for c in payload]
    return [value >> shift & 1 for value in values for shift in range(5, -1, -1)]


def _crc(octets: bytes) -> int:
    crc = 0xFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xFFFF


def burst(payload: str) -> NDArray[np.float64]:
    """A sentence's payload (a whole number of bytes) as audio between -1 and 1, 48 kHz."""
    bits = _armoured_bits(payload)
    octets = bytes(int("".join(map(str, bits[i : i + 8])), 2) for i in range(0, len(bits), 8))
    octets += _crc(octets).to_bytes(2, "little")
    stuffed, ones = [], 0
    for bit in (octet >> shift & 1 for octet in octets for shift in range(8)):
        stuffed.append(bit)
        ones = ones + 1 if bit else 0
        if ones == 5:
            stuffed.append(0)
            ones = 0
    level, levels = 1.0, []
    for bit in [0, 1] * 12 + FLAG + stuffed + FLAG + [0, 0, 0, 0]:
        level = level if bit else -level
        levels += [level] * PER_BIT
    t = np.arange(-2 * PER_BIT, 2 * PER_BIT + 1) / PER_BIT
    pulse = np.exp(-2.0 * (np.pi * 0.4 * t) ** 2 / np.log(2.0))
    return np.convolve(levels, pulse / pulse.sum(), mode="same")


def recording(payloads: list[str]) -> bytes:
    """Bursts with silence between them, 16 bit mono."""
    quiet = np.zeros(RATE_HZ // 10)
    parts = [quiet]
    for payload in payloads:
        parts += [0.6 * burst(payload), quiet]
    return (np.concatenate([*parts, quiet]) * 32_000).astype("<i2").tobytes()
