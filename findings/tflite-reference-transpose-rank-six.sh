#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tensorflow-cpu 2.19.1 and ai-edge-litert 2.3.0, Interpreter with OpResolverType.BUILTIN_REF (the reference kernels, by
# which others' results are usually judged): TRANSPOSE of a tensor of six dimensions.
#
# The converter gives the operator of such a tensor version 6 (of five dimensions version 4, of four version 1), and the
# optimised kernels of both packages know it and are right. Seen: the reference resolver of tensorflow-cpu, the package
# whose converter wrote the file, knows no version 6: "Didn't find op for builtin opcode 'TRANSPOSE' version '6'", with
# the advice that the binary is old. So the package cannot judge a model with one by its reference kernels at all. The
# reference resolver of ai-edge-litert runs the same file, and is right.
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

for rank in (4, 5, 6):
    f = tf.function(lambda x: tf.transpose(x, list(range(rank))[::-1]), input_signature=[tf.TensorSpec([2] * (rank - 1) + [3], tf.float32)])
    open(f"{rank}.tflite", "wb").write(tf.lite.TFLiteConverter.from_concrete_functions([f.get_concrete_function()], f).convert())
PY
cat >look.py <<'PY'
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
    except (RuntimeError, ValueError) as e:
        return "refused" if "'TRANSPOSE' version '6'" in str(e) else str(e)
    x = np.random.default_rng(1).standard_normal(it.get_input_details()[0]["shape"]).astype(np.float32)
    it.set_tensor(it.get_input_details()[0]["index"], x)
    it.invoke()
    return "right" if np.array_equal(it.get_tensor(it.get_output_details()[0]["index"]), x.T) else "wrong"

for rank in (4, 5, 6):
    for resolver in (OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, OpResolverType.BUILTIN_REF):
        try:
            seen = run(f"{rank}.tflite", resolver)
        except Exception as e:  # the constructor prepares the graph in some versions
            seen = "refused" if "'TRANSPOSE' version '6'" in str(e) else str(e)
        refuses = sys.argv[1] == "tensorflow" and rank == 6 and resolver == OpResolverType.BUILTIN_REF
        ok = seen == ("refused" if refuses else "right")
        print(f"{'as stated' if ok else 'DIFFERENT'}: {sys.argv[1]}, {resolver.name}, {rank} dimensions: {seen}")
        if not ok:
            sys.exit(1)
PY
export TF_CPP_MIN_LOG_LEVEL=3
tensorflow-cpu/bin/python make.py 2>/dev/null || { echo "the models cannot be made"; exit 2; }
tensorflow-cpu/bin/python look.py tensorflow 2>/dev/null
ai-edge-litert/bin/python look.py litert 2>/dev/null
