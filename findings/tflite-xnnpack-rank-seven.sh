#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tensorflow-cpu 2.19.1, tf.lite.Interpreter as it comes (XNNPACK delegate): elementwise operators on tensors of seven
# and eight dimensions.
#
# One might expect the delegate to leave what it cannot hold to the built-in kernels, which compute these tensors. Seen:
# it takes the node and then fails, so that allocate_tensors raises "failed to create XNNPACK Value for tensor" and the
# model cannot be run by the interpreter's defaults at all. Up to six dimensions all is right; without the delegate, and
# in ai-edge-litert 2.3.0 with it, any of these ranks is. A file whose only operator is a RESHAPE of such a tensor runs:
# that node is not taken.
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

for rank in range(4, 9):
    shape = [1] * (rank - 2) + [2, 3]
    for kind, of in [("abs", tf.abs), ("reshape", lambda x: tf.reshape(x, [6]))]:
        f = tf.function(of, input_signature=[tf.TensorSpec(shape, tf.float32)])
        open(f"{kind}-{rank}.tflite", "wb").write(tf.lite.TFLiteConverter.from_concrete_functions([f.get_concrete_function()], f).convert())
PY
cat >look.py <<'PY'
import glob
import sys

import numpy as np

if sys.argv[1] == "tensorflow":
    from tensorflow.lite.python.interpreter import Interpreter, OpResolverType
else:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

def run(file, resolver):
    it = Interpreter(model_path=file, experimental_op_resolver_type=resolver)
    try:
        it.allocate_tensors()
    except RuntimeError as e:
        return "refused" if "failed to create XNNPACK Value" in str(e) else str(e)
    shape = it.get_input_details()[0]["shape"]
    x = np.arange(6, dtype=np.float32).reshape(shape) - 2
    it.set_tensor(it.get_input_details()[0]["index"], x)
    it.invoke()
    y = it.get_tensor(it.get_output_details()[0]["index"]).ravel()
    return "right" if np.array_equal(y, (np.abs(x) if "abs" in file else x).ravel()) else "wrong"

for file in sorted(glob.glob("*.tflite")):
    for resolver in (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        seen = run(file, resolver)
        fails = sys.argv[1] == "tensorflow" and resolver == OpResolverType.AUTO and file in ("abs-7.tflite", "abs-8.tflite")
        ok = seen == ("refused" if fails else "right")
        print(f"{'as stated' if ok else 'DIFFERENT'}: {sys.argv[1]}, {resolver.name}, {file}: {seen}")
        if not ok:
            sys.exit(1)
PY
export TF_CPP_MIN_LOG_LEVEL=3
tensorflow-cpu/bin/python make.py 2>/dev/null || { echo "the models cannot be made"; exit 2; }
tensorflow-cpu/bin/python look.py tensorflow 2>/dev/null
ai-edge-litert/bin/python look.py litert 2>/dev/null
