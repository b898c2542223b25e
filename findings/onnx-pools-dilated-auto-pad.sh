#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# onnx 1.23.2 and onnxruntime 1.32.0: MaxPool and AveragePool with dilations and auto_pad.
#
# One might expect the standard's shape inference, its reference evaluator and ONNX Runtime to agree on what SAME means
# for a window of two elements two apart: as many outputs as inputs, one element of padding on each side. Seen, for 1 to 12:
#   1. shape inference says 12 outputs; ONNX Runtime pads as if there were no dilation and gives 11, for both operators,
#      with a warning only where the file has the inferred shape (its Conv refuses the same attributes);
#   2. the reference evaluator's MaxPool gives 12, from windows one element of padding before the first; its AveragePool
#      gives 12 too, but from windows that begin one element later, and a last one of 0, though no element is 0;
#   3. with VALID and a window of three, shape inference, ONNX Runtime and the reference MaxPool give 8; the reference
#      AveragePool gives 10, the last two of them 0. The same with NOTSET, and no padding, is right everywhere.
# Needs python3 with venv. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder" && "$folder/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 || { echo "the packages cannot be installed"; exit 2; }
"$folder/bin/python" - <<'PY' && echo "as stated"
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

x = np.arange(1, 13, dtype=np.float32).reshape(1, 1, 12)

def three(operator, window, auto_pad):
    node = helper.make_node(operator, ["x"], ["y"], kernel_shape=[window], dilations=[2], auto_pad=auto_pad)
    graph = helper.make_graph([node], "pool", [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    model = onnx.shape_inference.infer_shapes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10), strict_mode=True)
    inferred = model.graph.output[0].type.tensor_type.shape.dim[2].dim_value
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    runtime = session.run(None, {"x": x})[0].ravel().tolist()
    reference = ReferenceEvaluator(model).run(None, {"x": x})[0].ravel().tolist()
    print(f"{operator} {auto_pad} {window}: {inferred} inferred\n  runtime   {runtime}\n  reference {reference}")
    return inferred, runtime, reference

up = lambda a, b: [float(i) for i in range(a, b + 1)]
assert three("MaxPool", 2, "SAME_UPPER") == (12, up(3, 12) + [11], up(2, 12) + [11])
assert three("AveragePool", 2, "SAME_UPPER") == (12, up(2, 11) + [11], up(2, 11) + [11, 0])
assert three("MaxPool", 3, "VALID") == (8, up(5, 12), up(5, 12))
assert three("AveragePool", 3, "VALID") == (8, up(3, 10), up(3, 10) + [0, 0])
assert three("MaxPool", 3, "NOTSET")[1:] == (up(5, 12),) * 2 and three("AveragePool", 3, "NOTSET")[1:] == (up(3, 10),) * 2
PY
