#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# TFLite's reference kernel of LOCAL_RESPONSE_NORMALIZATION leaves the last channel out of each sum: it adds the squares of
# channels c - radius to c + radius - 1, its optimised kernel, TensorFlow and the operator's definition those to c + radius.
# Shown with ai-edge-litert 2.3.0: one model, two kernels, two results. Needs python3-venv and PyPI. Exit 0: as stated; 1: different;
# 2: cannot be tried.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || exit 2
"$dir/venv/bin/pip" -q install ai-edge-litert==2.3.0 flatbuffers==25.12.19 numpy==2.1.3 || exit 2
"$dir/venv/bin/python" - <<'PY'
import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as s
from ai_edge_litert.interpreter import Interpreter, OpResolverType

m, g, op, o, code = s.ModelT(), s.SubGraphT(), s.OperatorT(), s.LocalResponseNormalizationOptionsT(), s.OperatorCodeT()
g.tensors = []
for name in ("x", "y"):
    t = s.TensorT()
    t.shape, t.name, t.buffer = [1, 1, 1, 3], name.encode(), 0
    g.tensors.append(t)
o.radius, o.bias, o.alpha, o.beta = 1, 1.0, 1.0, 0.5
op.opcodeIndex, op.inputs, op.outputs, op.builtinOptions, op.builtinOptionsType = 0, [0], [1], o, s.BuiltinOptions.LocalResponseNormalizationOptions
g.operators, g.inputs, g.outputs = [op], [0], [1]
code.builtinCode = code.deprecatedBuiltinCode = s.BuiltinOperator.LOCAL_RESPONSE_NORMALIZATION
m.version, m.subgraphs, m.operatorCodes, m.buffers = 3, [g], [code], [s.BufferT()]
b = flatbuffers.Builder(512)
b.Finish(m.Pack(b), b"TFL3")
x, seen = np.ones((1, 1, 1, 3), np.float32), []
for kind in (OpResolverType.BUILTIN_REF, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
    i = Interpreter(model_content=bytes(b.Output()), experimental_op_resolver_type=kind)
    i.allocate_tensors()
    i.set_tensor(i.get_input_details()[0]["index"], x)
    i.invoke()
    seen.append(i.get_tensor(i.get_output_details()[0]["index"]).ravel().copy())
    print(f"{kind.name:35}", seen[-1])
defined = 1 / np.sqrt([3, 4, 3])
print(f"{'1/sqrt(1 + sum of squares)':35}", defined)
raise SystemExit(np.allclose(seen[0], defined) or not np.allclose(seen[1], defined))
PY
