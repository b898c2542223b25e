#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tensorflow-cpu 2.19.1 and ai-edge-litert 2.3.0: REVERSE_V2 over axes that are not side by side.
#
# tf.reverse takes any axes. One might expect the converter to refuse, or to split into two operators, what no kernel of
# its own runtime computes, or the runtime to say so when it plans the graph. Seen: axes [1, 3] or [0, 2] of a tensor of
# four dimensions convert to one REVERSE_V2 without a word, allocate_tensors is content, and the first invoke raises
# "Non-contiguous `axes` not supported", with the optimised and the reference kernels of both packages. Neighbouring
# axes, in either order, are right.
# Needs python3 with venv. Exit 0: as stated; 1: different; 2: cannot be tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in tensorflow-cpu==2.19.1 ai-edge-litert==2.3.0; do
    python3 -m venv "${package%%=*}" && "${package%%=*}/bin/pip" install -q "$package" || { echo "$package cannot be installed"; exit 2; }
done
cat >make.py <<'PY'
import tensorflow as tf

for axes in ([1], [1, 2], [2, 1], [1, 3], [0, 2]):
    f = tf.function(lambda x: tf.reverse(x, axes), input_signature=[tf.TensorSpec([2, 3, 4, 5], tf.float32)])
    data = tf.lite.TFLiteConverter.from_concrete_functions([f.get_concrete_function()], f).convert()
    open("axes-" + "".join(map(str, axes)) + ".tflite", "wb").write(data)
PY
cat >look.py <<'PY'
import glob
import sys

import numpy as np

if sys.argv[1] == "tensorflow":
    from tensorflow.lite.python.interpreter import Interpreter, OpResolverType
else:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

x = np.arange(120, dtype=np.float32).reshape(2, 3, 4, 5)
for file in sorted(glob.glob("*.tflite")):
    axes = tuple(int(c) for c in file[5:-7])
    for resolver in (OpResolverType.AUTO, OpResolverType.BUILTIN_REF):
        it = Interpreter(model_path=file, experimental_op_resolver_type=resolver)
        it.allocate_tensors()
        it.set_tensor(it.get_input_details()[0]["index"], x)
        try:
            it.invoke()
            y = it.get_tensor(it.get_output_details()[0]["index"])
            seen = "right" if np.array_equal(y, np.flip(x, axes)) else "wrong"
        except RuntimeError as e:
            seen = "refused" if "Non-contiguous `axes` not supported" in str(e) else str(e)
        ok = seen == ("refused" if axes in ((1, 3), (0, 2)) else "right")
        print(f"{'as stated' if ok else 'DIFFERENT'}: {sys.argv[1]}, {resolver.name}, axes {list(axes)}: {seen}")
        if not ok:
            sys.exit(1)
PY
export TF_CPP_MIN_LOG_LEVEL=3
tensorflow-cpu/bin/python make.py 2>/dev/null || { echo "the models cannot be made"; exit 2; }
tensorflow-cpu/bin/python look.py tensorflow 2>/dev/null
ai-edge-litert/bin/python look.py litert 2>/dev/null
