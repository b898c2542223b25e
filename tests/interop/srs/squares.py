#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""squares.py N > FILE.r1cs: a circuit for snarkjs, N squares in a row: wire 2 of wire 1, wire 3 of wire 2, and so on; the last is public."""
import struct
import sys

PRIME = 21888242871839275222246405745257275088548364400416034343698204186575808495617
count = int(sys.argv[1])
wires = count + 2  # wire 0 is one, wire 1 the public one


def wire(i):
    """A linear combination of one wire. The public wire comes first in the file: it is the end of the row."""
    return struct.pack("<II", 1, 1 if i == count else 2 + i) + (1).to_bytes(32, "little")


def section(kind, body):
    return struct.pack("<IQ", kind, len(body)) + body


header = struct.pack("<I", 32) + PRIME.to_bytes(32, "little") + struct.pack("<IIIIQI", wires, 1, 0, 1, wires, count)
constraints = b"".join(wire(i) + wire(i) + wire(i + 1) for i in range(count))
labels = b"".join(struct.pack("<Q", i) for i in range(wires))
sys.stdout.buffer.write(b"r1cs" + struct.pack("<II", 1, 3) + section(1, header) + section(2, constraints) + section(3, labels))
