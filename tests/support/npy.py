"""Just enough .npy for the tests: no NumPy needed. Values are flat lists in C order."""
import ast
import struct

CODES = {"<f4": "<f", "<f8": "<d", "|u1": "<B", "|i1": "<b", "<i4": "<i", "<i8": "<q", ">f4": ">f", "<f2": "<e", "<c8": "<ff", "|b1": "<?"}


def save(path, values, shape, dtype="<f4", fortran=False):
    header = repr({"descr": dtype, "fortran_order": fortran, "shape": tuple(shape)})
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    code = CODES[dtype]
    body = b"".join(struct.pack(code, *(v if isinstance(v, tuple) else (v,))) for v in values)
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body)


def read(path):
    """(values, shape, type) of a version 1 file."""
    data = open(path, "rb").read()
    size = struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10:10 + size].decode())
    code = CODES[head["descr"]]
    return [v[0] for v in struct.iter_unpack(code, data[10 + size:])], list(head["shape"]), head["descr"]


def load(path):
    """(values, shape) of a version 1 file."""
    return read(path)[:2]


def first(count, path, to):
    """Save the first `count` samples, along the first axis."""
    values, shape, dtype = read(path)
    if shape[0] < count:
        raise ValueError(f"'{path}' has {shape[0]} samples, expected at least {count}")
    save(to, values[:count * (len(values) // shape[0])], [count] + shape[1:], dtype)
