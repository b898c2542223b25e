#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# onnx 1.23.2, ReferenceEvaluator: LSTM, GRU and RNN with sequence_lens, clip, input_forget.
#
# One might expect the standard's own evaluator to compute each input and attribute of an operator, or to say that it does
# not. Seen: sequence_lens (each sequence's length in a padded batch), clip (a bound on what goes into the activations)
# and LSTM's input_forget are taken without a word and change nothing: results are those of a node without them, bit for
# bit. ONNX Runtime 1.32.0 computes all of them: past a sequence's end it gives zeros, and the final state is that of its
# last step. A converter that is tested against the reference alone sees nothing amiss when it loses them.
# Needs python3 with venv. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder" && "$folder/bin/pip" install -q onnx==1.23.2 onnxruntime==1.32.0 || { echo "the packages cannot be installed"; exit 2; }
"$folder/bin/python" - <<'PY' && echo "as stated"
import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

steps, batch, width, hidden = 3, 2, 4, 5

def both(operator, lengths=None, **attributes):
    rng = np.random.default_rng(1)
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[operator]
    feeds = {"x": (steps, batch, width), "w": (1, gates * hidden, width), "r": (1, gates * hidden, hidden)}
    feeds = {name: 2 * rng.normal(size=shape).astype(np.float32) for name, shape in feeds.items()}
    names = ["x", "w", "r"]
    if lengths:
        names += ["", "lengths"]
        feeds["lengths"] = np.array(lengths, np.int32)
    node = helper.make_node(operator, names, ["y", "last"], hidden_size=hidden, **attributes)
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info(k, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for k, v in feeds.items()],
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, None) for k in ("y", "last")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds), ReferenceEvaluator(model).run(None, feeds)

for operator in ("RNN", "GRU", "LSTM"):
    runtime, reference = both(operator)
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(runtime, reference))
    for what in ({"lengths": [3, 1]}, {"clip": 0.5}) + (({"input_forget": 1},) if operator == "LSTM" else ()):
        there, here = both(operator, **what)
        same = all(np.array_equal(a, b) for a, b in zip(here, reference))
        apart = max(np.abs(a - b).max() for a, b in zip(there, here))
        print(f"{operator} {what}: reference {'unchanged' if same else 'changed'}, the runtime up to {apart:.2f} away")
        assert same and apart > 0.01
        if "lengths" in what:
            y, last = there
            assert not y[1:, 0, 1].any() and np.array_equal(last[0, 1], y[0, 0, 1])
PY
