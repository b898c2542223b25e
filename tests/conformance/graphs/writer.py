# SPDX-License-Identifier: Apache-2.0
"""TFLite files of single graphs, written with the object API of TFLite's own schema."""
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

_CODES = schema.BuiltinOperator
_ACTIVATIONS = {None: 0, "relu": 1, "relu6": 3}
_PADDINGS = {"SAME": 0, "VALID": 1}


class Graph:
    """Tensors are numbers. Every method that adds an operator returns the number of its output."""

    def __init__(self):
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators, self.graph.inputs, self.graph.outputs = [], [], [], []
        self.buffers = [schema.BufferT()]
        self.codes = []

    def tensor(self, shape, name, data=None):
        t = schema.TensorT()
        t.shape, t.name, t.type = list(shape), name.encode(), schema.TensorType.FLOAT32
        if data is not None:
            b = schema.BufferT()
            b.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            if data.dtype == np.int32:
                t.type = schema.TensorType.INT32
            self.buffers.append(b)
            t.buffer = len(self.buffers) - 1
        else:
            t.buffer = 0
        self.graph.tensors.append(t)
        return len(self.graph.tensors) - 1

    def constant(self, data):
        data = np.asarray(data)
        return self.tensor(data.shape, f"constant{len(self.graph.tensors)}",
                           data if data.dtype == np.int32 else data.astype(np.float32))

    def input(self, shape):
        self.graph.inputs.append(self.tensor(shape, "input"))
        return self.graph.inputs[-1]

    def shape(self, t):
        return list(self.graph.tensors[t].shape)

    def operator(self, code, inputs, shape, options=None, kind=0):
        if code not in self.codes:
            self.codes.append(code)
        o = schema.OperatorT()
        out = self.tensor(shape, f"tensor{len(self.graph.tensors)}")
        o.opcodeIndex, o.inputs, o.outputs = self.codes.index(code), list(inputs), [out]
        o.builtinOptions, o.builtinOptionsType = options, kind
        self.graph.operators.append(o)
        return out

    def _window(self, options, padding, stride):
        options.padding, options.strideH, options.strideW = _PADDINGS[padding], stride, stride
        return options

    @staticmethod
    def window_size(size, kernel, padding, stride):
        return -(-size // stride) if padding == "SAME" else (size - kernel) // stride + 1

    def conv(self, x, w, b, padding, stride, activation):
        o = self._window(schema.Conv2DOptionsT(), padding, stride)
        o.fusedActivationFunction, o.dilationHFactor, o.dilationWFactor = _ACTIVATIONS[activation], 1, 1
        _, h, wd, _ = self.shape(x)
        shape = [1, self.window_size(h, w.shape[1], padding, stride), self.window_size(wd, w.shape[2], padding, stride),
                 w.shape[0]]
        return self.operator(_CODES.CONV_2D, [x, self.constant(w), self.constant(b)], shape, o,
                             schema.BuiltinOptions.Conv2DOptions)

    def depthwise(self, x, w, b, padding, stride, activation):
        o = self._window(schema.DepthwiseConv2DOptionsT(), padding, stride)
        _, h, wd, c = self.shape(x)
        o.fusedActivationFunction, o.depthMultiplier = _ACTIVATIONS[activation], w.shape[3] // c
        o.dilationHFactor = o.dilationWFactor = 1
        shape = [1, self.window_size(h, w.shape[1], padding, stride), self.window_size(wd, w.shape[2], padding, stride),
                 w.shape[3]]
        return self.operator(_CODES.DEPTHWISE_CONV_2D, [x, self.constant(w), self.constant(b)], shape, o,
                             schema.BuiltinOptions.DepthwiseConv2DOptions)

    def dense(self, x, w, b, activation):
        o = schema.FullyConnectedOptionsT()
        o.fusedActivationFunction = _ACTIVATIONS[activation]
        return self.operator(_CODES.FULLY_CONNECTED, [x, self.constant(w), self.constant(b)], [1, w.shape[0]], o,
                             schema.BuiltinOptions.FullyConnectedOptions)

    def pool(self, x, maximum, size, padding, stride):
        o = self._window(schema.Pool2DOptionsT(), padding, stride)
        o.filterHeight = o.filterWidth = size
        o.fusedActivationFunction = 0
        _, h, wd, c = self.shape(x)
        shape = [1, self.window_size(h, size, padding, stride), self.window_size(wd, size, padding, stride), c]
        return self.operator(_CODES.MAX_POOL_2D if maximum else _CODES.AVERAGE_POOL_2D, [x], shape, o,
                             schema.BuiltinOptions.Pool2DOptions)

    def add(self, x, y, activation=None):
        o = schema.AddOptionsT()
        o.fusedActivationFunction = _ACTIVATIONS[activation]
        return self.operator(_CODES.ADD, [x, y], self.shape(x), o, schema.BuiltinOptions.AddOptions)

    def mul(self, x, y, activation=None):
        o = schema.MulOptionsT()
        o.fusedActivationFunction = _ACTIVATIONS[activation]
        return self.operator(_CODES.MUL, [x, y], self.shape(x), o, schema.BuiltinOptions.MulOptions)

    def flatten(self, x):
        shape = [1, int(np.prod(self.shape(x)))]
        o = schema.ReshapeOptionsT()
        o.newShape = shape
        return self.operator(_CODES.RESHAPE, [x, self.constant(np.array(shape, np.int32))], shape, o,
                             schema.BuiltinOptions.ReshapeOptions)

    def softmax(self, x):
        o = schema.SoftmaxOptionsT()
        o.beta = 1.0
        return self.operator(_CODES.SOFTMAX, [x], self.shape(x), o, schema.BuiltinOptions.SoftmaxOptions)

    def relu(self, x):
        return self.operator(_CODES.RELU, [x], self.shape(x))

    def write(self, path, output):
        self.graph.outputs, self.graph.name = [output], b"main"
        m = schema.ModelT()
        m.version, m.subgraphs, m.buffers, m.description = 3, [self.graph], self.buffers, b"random graph"
        m.operatorCodes = []
        for code in self.codes:
            c = schema.OperatorCodeT()
            c.builtinCode, c.deprecatedBuiltinCode, c.version = code, code, 1
            m.operatorCodes.append(c)
        builder = flatbuffers.Builder(1024)
        builder.Finish(m.Pack(builder), b"TFL3")
        path.write_bytes(bytes(builder.Output()))
