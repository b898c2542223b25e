"""Reads and writes HCLVK001 (docs/formats), for tests that change a key and put its hash right."""
import hashlib
import json


def read(path):
    """flags, [circuit.json, vk bytes, SRS part, meta] as bytes"""
    data = open(path, "rb").read()
    sections, at = [], 12
    for _ in range(4):
        size = int.from_bytes(data[at:at + 8], "little")
        sections.append(data[at + 8:at + 8 + size])
        at += 8 + size
    return data[8:12], sections


def write(path, flags, sections):
    data = b"HCLVK001" + flags + b"".join(len(s).to_bytes(8, "little") + s for s in sections)
    open(path, "wb").write(data + hashlib.blake2b(data, digest_size=32).digest())


def edit_meta(source, path, edit):
    """Write the key with a changed meta: edit(meta) changes it in place or returns another."""
    flags, sections = read(source)
    meta = json.loads(sections[3])
    meta = edit(meta) or meta
    write(path, flags, sections[:3] + [json.dumps(meta).encode()])
