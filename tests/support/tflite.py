"""Just enough of a TFLite writer for the tests: tables of the FlatBuffers schema (compiler/frontend/tflite.fbs) by field number,
and a model made of tensors and operators. No other library needed."""
import struct

FLOAT32, INT32, INT64, BOOL, INT8 = 0, 2, 4, 6, 9
ADD, CONV_2D, FULLY_CONNECTED, MUL, RELU, RESHAPE, SOFTMAX, PAD, UNIQUE, SEGMENT_SUM, LESS, IF, WHILE = 0, 3, 9, 18, 19, 22, 25, 34, 103, 125, 58, 118, 119
FIRST_VERSIONS = {130: 2}  # of operators that begin with another version than 1: BROADCAST_TO
CODES = {FLOAT32: "f", INT32: "i", INT64: "q", BOOL: "?", INT8: "b"}


def floats(values):
    return struct.pack("<%df" % len(values), *values)


def ints(values):
    return struct.pack("<%di" % len(values), *values)


class Table:
    """Fields by number: ("b", 1), ("i", 5), ("I", 5), ("f", 0.5), or what is referred to: str, bytes (a vector of bytes), a list of
    int (a vector of int32), a Table, a list of Table."""

    def __init__(self, fields):
        self.fields = {k: v for k, v in fields.items() if v is not None}


def align(out, before, to):
    """Zeros until `before` more bytes end at a multiple of `to`."""
    out.extend(bytes(-(len(out) + before) % to))


def refer(out, at):
    struct.pack_into("<I", out, at, len(out) - at)


def write(out, value, at):
    """Append value, and its offset at `at`."""
    if isinstance(value, Table):
        write_table(out, value, at)
        return
    align(out, 4, 16 if isinstance(value, bytes) else 4)
    refer(out, at)
    out.extend(struct.pack("<I", len(value.encode() if isinstance(value, str) else value)))
    if isinstance(value, str):
        out.extend(value.encode() + b"\0")
    elif isinstance(value, bytes):
        out.extend(value)
    elif value and isinstance(value[0], Table):
        first = len(out)
        out.extend(bytes(4 * len(value)))
        for i, table in enumerate(value):
            write_table(out, table, first + 4 * i)
    else:
        out.extend(ints(value))


def write_table(out, table, at):
    count = max(table.fields, default=-1) + 1
    align(out, 4 + 2 * count, 4)
    vtable = len(out)
    out.extend(bytes(4 + 2 * count))
    start = len(out)
    refer(out, at)
    out.extend(struct.pack("<i", start - vtable))
    later = []
    for number, value in sorted(table.fields.items()):
        align(out, 0, 4)
        struct.pack_into("<H", out, vtable + 4 + 2 * number, len(out) - start)
        if isinstance(value, tuple):
            out.extend(struct.pack("<" + value[0], value[1]))
        else:
            later.append((len(out), value))
            out.extend(bytes(4))
    struct.pack_into("<HH", out, vtable, 4 + 2 * count, len(out) - start)
    for place, value in later:
        write(out, value, place)


class Graph:
    """A subgraph under construction. Tensors are numbers; constants have data."""

    def __init__(self, model, name=None):
        self.model, self.name, self.tensors, self.ops, self.inputs, self.outputs = model, name, [], [], [], []
        model.graphs.append(self)

    def tensor(self, shape, name, type=FLOAT32, buffer=0, signature=None):
        self.tensors.append(Table({0: list(shape), 1: ("b", type), 2: ("I", buffer), 3: name, 7: signature}))
        return len(self.tensors) - 1

    def constant(self, shape, name, values, type=FLOAT32):
        return self.tensor(shape, name, type, self.model.buffer(struct.pack("<%d%s" % (len(values), CODES[type]), *values)))

    def input(self, shape, name="x", **more):
        self.inputs.append(self.tensor(shape, name, **more))
        return self.inputs[-1]

    def op(self, code, inputs, shape, name, options=None, kind=0, custom=None, type=FLOAT32):
        return self.ops_of(code, inputs, [(shape, name, type)], options, kind, custom)[0]

    def ops_of(self, code, inputs, results, options=None, kind=0, custom=None):
        """An operator of several results (shape, name, type)."""
        y = [self.tensor(*result) for result in results]
        self.ops.append(Table({0: ("I", self.model.code(code, custom)), 1: list(inputs), 2: y, 3: ("b", kind), 4: options}))
        return y

    def conv(self, x, w, b, shape, name, dilation=(1, 1), padding=1):
        return self.op(CONV_2D, [x, w, b], shape, name,
                       Table({0: ("b", padding), 1: ("i", 1), 2: ("i", 1), 4: ("i", dilation[1]), 5: ("i", dilation[0])}), 1)

    def dense(self, x, w, b, shape, name):
        return self.op(FULLY_CONNECTED, [x, w, b], shape, name, Table({0: ("b", 0)}), 8)

    def reshape(self, x, shape, name, to=None, options=None):
        """to: the operand's entries; options: those of the options."""
        operand = [] if to is None else [self.constant([len(to)], name + "/shape", to, INT32)]
        return self.op(RESHAPE, [x] + operand, shape, name, options and Table({0: list(options)}), 17 if options else 0)


class Model:
    def __init__(self):
        self.buffers, self.codes, self.graphs, self.signatures = [Table({})], [], [], []

    def buffer(self, data):
        self.buffers.append(Table({0: data}))
        return len(self.buffers) - 1

    def code(self, code, custom=None):
        if (code, custom) not in self.codes:
            self.codes.append((code, custom))
        return self.codes.index((code, custom))

    def signature(self, key, subgraph, inputs=None, outputs=None):
        """inputs, outputs: (name, tensor), in the signature's order; None: it lists none."""
        def ends(list):
            return list and [Table({0: name, 1: ("I", t)}) for name, t in list]
        self.signatures.append(Table({0: ends(inputs), 1: ends(outputs), 2: key, 4: ("I", subgraph)}))

    def save(self, path):
        with open(path, "wb") as f:
            f.write(self.bytes())

    def bytes(self):
        codes = [Table({0: ("b", min(c, 127)), 1: custom, 2: ("i", FIRST_VERSIONS.get(c, 1)), 3: ("i", c)}) for c, custom in self.codes]
        graphs = [Table({0: g.tensors, 1: g.inputs, 2: g.outputs, 3: g.ops, 4: g.name}) for g in self.graphs]
        out = bytearray(b"\0\0\0\0TFL3")
        write_table(out, Table({0: ("I", 3), 1: codes, 2: graphs, 4: self.buffers, 7: self.signatures or None}), 0)
        return bytes(out)
