#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tensorflow-cpu 2.19.1 and ai-edge-litert 2.3.0, STRIDED_SLICE with one axis' bit set in begin_mask and in
# shrink_axis_mask.
#
# One might expect a converted model to slice as TensorFlow does. Seen: TensorFlow takes the element at `begin`, as if
# the bit of begin_mask were not there; the converter hands both masks on, and the runtimes take element 0. So the same
# tf.strided_slice gives row 1 before and row 0 after its conversion. With end_mask in the place of begin_mask, or
# without either, both take the element at `begin`.
# Needs python3 with venv. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in tensorflow-cpu==2.19.1 ai-edge-litert==2.3.0; do
    python3 -m venv "${package%%=*}" && "${package%%=*}/bin/pip" install -q "$package" || { echo "$package cannot be installed"; exit 2; }
done
cat >make.py <<'PY'
import numpy as np
import tensorflow as tf

x = np.arange(12, dtype=np.float32).reshape(3, 4)
for name, masks in [("shrink", {}), ("begin", {"begin_mask": 1}), ("end", {"end_mask": 1})]:
    f = tf.function(lambda x: tf.strided_slice(x, [1, 1], [2, 3], [1, 1], shrink_axis_mask=1, **masks),
                    input_signature=[tf.TensorSpec(x.shape, tf.float32)])
    open(f"{name}.tflite", "wb").write(tf.lite.TFLiteConverter.from_concrete_functions([f.get_concrete_function()], f).convert())
    np.savez(f"{name}.npz", x=x, y=f(x).numpy())
PY
cat >look.py <<'PY'
import sys

import numpy as np

if sys.argv[1] == "tensorflow":
    from tensorflow.lite.python.interpreter import Interpreter
else:
    from ai_edge_litert.interpreter import Interpreter

for name in ("shrink", "begin", "end"):
    data = np.load(f"{name}.npz")
    it = Interpreter(model_path=f"{name}.tflite")
    it.allocate_tensors()
    it.set_tensor(it.get_input_details()[0]["index"], data["x"])
    it.invoke()
    y = it.get_tensor(it.get_output_details()[0]["index"])
    ok = data["y"].tolist() == [5, 6] and y.tolist() == ([1, 2] if name == "begin" else [5, 6])
    print(f"{'as stated' if ok else 'DIFFERENT'}: {sys.argv[1]}, {name}: {data['y'].tolist()} before, {y.tolist()} after conversion")
    if not ok:
        sys.exit(1)
PY
export TF_CPP_MIN_LOG_LEVEL=3
tensorflow-cpu/bin/python make.py 2>/dev/null || { echo "the models cannot be made"; exit 2; }
tensorflow-cpu/bin/python look.py tensorflow 2>/dev/null
ai-edge-litert/bin/python look.py litert 2>/dev/null
