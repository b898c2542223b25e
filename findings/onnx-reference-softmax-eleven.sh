#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# onnx 1.23.2, ReferenceEvaluator: Softmax, LogSoftmax and Hardmax of a model of operator set 11.
#
# Until set 12 these operators flatten their input to a matrix at `axis` (1 by default) and normalise whole rows; from set
# 13 on they normalise along one axis (the last by default). The evaluator keeps several versions of operators that
# changed, so one might expect it to know both. Seen: it computes every set by the newer rule and default, so that an
# input of 1x2x3 sums to 1 twice over instead of once, without a word. ONNX Runtime 1.32.0 gives each set its own rule.
# onnx's version converter knows the change for Softmax and LogSoftmax, and the evaluator is right for what it makes of
# them, but it hands Hardmax on as it is: the converted model means another thing, in ONNX Runtime as well. Inputs of two
# dimensions, as in most tests, hide all of this.
# Needs python3 with venv. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder" && "$folder/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 || { echo "the packages cannot be installed"; exit 2; }
"$folder/bin/python" - <<'PY' && echo "as stated"
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, version_converter
from onnx.reference import ReferenceEvaluator

def runtime_of(model, x):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]

def reference_of(model, x):
    return ReferenceEvaluator(model).run(None, {"x": x})[0]

def make(operator, x, opset):
    graph = helper.make_graph([helper.make_node(operator, ["x"], ["y"])], "g",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, x.shape)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)

x = np.array([[[0, 1, 2], [3, 5, 4]]], np.float32)
for operator in ("Softmax", "LogSoftmax", "Hardmax"):
    model = make(operator, x, 11)
    runtime, reference = runtime_of(model, x), reference_of(model, x)
    converted = version_converter.convert_version(model, 13)
    after, judged = runtime_of(converted, x), reference_of(converted, x)
    print(f"{operator}\n  runtime    {runtime.ravel()}\n  reference  {reference.ravel()}")
    print(f"  after conversion\n  runtime    {after.ravel()}\n  reference  {judged.ravel()}")
    assert not np.allclose(runtime, reference, atol=0.1)
    assert np.allclose(after, judged, atol=1e-6)
    assert np.allclose(after, reference if operator == "Hardmax" else runtime, atol=1e-6)
    if operator == "Softmax":
        assert np.isclose(runtime.sum(), 1) and np.allclose(reference.sum(axis=2), 1)
    for values, opset in ((x, 13), (x[0], 11)):
        model = make(operator, values, opset)
        assert np.allclose(runtime_of(model, values), reference_of(model, values), atol=1e-6)
PY
