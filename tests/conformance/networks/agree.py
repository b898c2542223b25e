#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares a language model's fixed-point logits of the last token with TFLite's on seeded inputs that are no samples.

  agree.py PROGRAM FOLDER [--inputs N] [--vocabulary N]     exit code 1: an arg-max is another

FOLDER is one that make.py made (gpt2_distil). Settings are those of prove.py. `halocline run` defines what is proved.
Prints by input the arg-max, its margin over the next logit and the worst error, and the worst of all. Needs
requirements.txt.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from prove import OPTIONS  # noqa: E402

SEED = 20


def fixed_point(program, folder, tokens):
    """The last token's logits of all inputs, as the integers say them."""
    with tempfile.TemporaryDirectory() as work:
        inputs, result = pathlib.Path(work) / "tokens.npy", pathlib.Path(work) / "logits.npy"
        np.save(inputs, tokens)
        told = subprocess.run([program, "run", folder / "model.tflite", inputs, *OPTIONS[folder.name], "-q", "-o", result, "--json"],
                              check=True, stdout=subprocess.PIPE, text=True).stdout
        bits = json.loads(told[told.index("{"):])["outputs"][0]["tensors"][0]["frac_bits"]
        return np.load(result).reshape(len(tokens), -1) / 2.0**bits


def tflite(folder, tokens):
    it = tf.lite.Interpreter(model_path=str(folder / "model.tflite"), num_threads=2,
                             experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    it.allocate_tensors()
    logits = []
    for t in tokens:
        it.set_tensor(it.get_input_details()[0]["index"], t[None])
        it.invoke()
        logits.append(it.get_tensor(it.get_output_details()[0]["index"])[0, -1])
    return np.stack(logits)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--inputs", type=int, default=20)
    parser.add_argument("--vocabulary", type=int, default=50257)
    a = parser.parse_args()
    length = np.load(a.folder / "input.npy").shape[1]
    tokens = np.random.default_rng(SEED).integers(0, a.vocabulary, (a.inputs, length)).astype(np.int32)
    got, want = fixed_point(a.program, a.folder, tokens), tflite(a.folder, tokens)
    assert got.shape == want.shape, f"{got.shape} logits, TFLite has {want.shape}"
    worst = np.abs(got - want).max(1)
    two = np.sort(want, 1)[:, -2:]
    for i in range(a.inputs):
        print(f"input {i:2}: arg-max {got[i].argmax():5}, TFLite's {want[i].argmax():5}, by {two[i, 1] - two[i, 0]:.3f};"
              f" off by {worst[i]:.4f}")
    equal = int((got.argmax(1) == want.argmax(1)).sum())
    print(f"arg-max of the last token equal for {equal} of {a.inputs} inputs; a logit is off by at most {worst.max():.4f},"
          f" on average by {np.sqrt(((got - want) ** 2).mean()):.4f}, where logits span {np.ptp(want, 1).max():.1f}")
    sys.exit(equal < a.inputs)


if __name__ == "__main__":
    main()
