#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what `halocline run` says of many inputs of each network that make.py made with TFLite's kernels.

  agree.py PROGRAM FOLDER [NAME...]     exit code 1: one is not as expected

Inputs are input.npy and the samples of calibration.npy; of language models whose tokens are the input 20 seeded ones that are no
samples. Settings are those of prove.py. Expected: a cosine of at least 0.999 on input.npy, and TFLite's arg-max along the last
dimension of all vectors whose largest element is ahead by more than the error that is stated: what `run` tells as allowed, a share
of the scores' range. Scores of probabilities are their logarithms. Needs requirements.txt.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from prove import LAST, LEAST_COSINE, OPTIONS, files  # noqa: E402

VOCABULARY = {"gpt2_distil": 50257}
INPUTS, SEED = 20, 20


def inputs_of(folder):
    """Arrays [n, ...] for each input of the model; the first is input.npy where it is among them."""
    own = [np.load(p) for p in files(folder, "input")]
    if folder.name in VOCABULARY:
        return [np.random.default_rng(SEED).integers(0, VOCABULARY[folder.name], (INPUTS, own[0].shape[1])).astype(np.int32)]
    return [np.concatenate([x, np.load(p)]) for x, p in zip(own, files(folder, "calibration"), strict=True)]


def fixed_point(program, model, arrays, options):
    """Results [n, ...] of each output, as the integers say them, and what is stated of the error: of scores, at most."""
    with tempfile.TemporaryDirectory() as work:
        paths = [pathlib.Path(work) / f"in{i}.npy" for i in range(len(arrays))]
        result = pathlib.Path(work) / "out.npy"
        for p, a in zip(paths, arrays):
            np.save(p, a)
        told = subprocess.run([program, "run", model, *paths, *options, "-q", "-o", result,
                               "--list", "1", "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout
        first = json.loads(told[told.index("{"):])["outputs"][0]
        flat, parts, at = np.load(result).reshape(len(arrays[0]), -1), [], 0
        for t in first["tensors"]:
            n = int(np.prod(t["shape"]))
            parts.append(flat[:, at:at + n] / 2.0**t["frac_bits"])
            at += n
        assert at == flat.shape[1], f"{at} results of {flat.shape[1]}"
        stated = first["accuracy"]["allowed_share"] * first["accuracy"]["score_range"]
        return parts, stated


def tflite(model, arrays, last=False):
    """Results [n, ..., last dimension] of each output; last: of the last position alone."""
    it = tf.lite.Interpreter(model_path=str(model), num_threads=2,
                             experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    it.allocate_tensors()
    results = [[] for _ in it.get_output_details()]
    for i in range(len(arrays[0])):
        for d, a in zip(it.get_input_details(), arrays, strict=True):
            it.set_tensor(d["index"], a[i:i + 1] if len(d["shape"]) > 0 else a[i])
        it.reset_all_variables()
        it.invoke()
        for r, d in zip(results, it.get_output_details()):
            y = it.get_tensor(d["index"])
            r.append(y[0, -1] if last else y[0])
    return [np.stack(r).astype(float) for r in results]


def cosines(got, want):
    g, w = got.reshape(len(got), -1), want.reshape(len(want), -1)
    scale = np.sqrt((g * g).sum(1) * (w * w).sum(1))
    return np.where(scale > 0, (g * w).sum(1) / np.where(scale > 0, scale, 1), 1)


def ahead(want, stated):
    """Which vectors have a largest element by more than what is stated."""
    scores = np.sort(want, -1)
    if (scores > 0).all() and np.allclose(scores.sum(-1), 1, atol=1e-3):
        scores = np.log(scores)
    return scores[..., -1] - scores[..., -2] > stated


def compare(program, folder):
    """A line of the table, and whether all is as expected."""
    arrays, model, options = inputs_of(folder), folder / "model.tflite", OPTIONS.get(folder.name, [])
    parts, stated = fixed_point(program, model, arrays, options)
    own, least, equal, clear, worst = 1.0, 1.0, 0, 0, 0.0
    for got, want in zip(parts, tflite(model, arrays, options[:2] == LAST), strict=True):
        got = got.reshape(want.shape)
        worst = max(worst, np.abs(got - want).max())
        if np.prod(want.shape[1:]) == 1:
            continue
        c = cosines(got, want)
        own, least = min(own, c[0]), min(least, c.min())
        if want.shape[-1] > 1:
            is_clear = ahead(want, stated)
            clear += int(is_clear.sum())
            equal += int((is_clear & (got.argmax(-1) == want.argmax(-1))).sum())
    good = own >= LEAST_COSINE and equal == clear
    return (f"{folder.name:24} {len(arrays[0]):6} {own:9.6f} {least:9.6f} {equal:8} of {clear:<8} {worst:10.5f} {stated:10.5f}"
            f"{'' if good else '  FAILED'}"), good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    a = parser.parse_args()
    names = a.names or sorted(p.parent.name for p in a.folder.glob("*/model.tflite"))
    failed = []
    print(f"{'network':24} {'inputs':>6} {'cosine':>9} {'least':>9} {'arg-max equal':>20} {'worst off':>10} {'stated':>10}", flush=True)
    for name in names:
        line, good = compare(a.program, a.folder / name)
        print(line, flush=True)
        failed += [] if good else [name]
    if failed or not names:
        sys.exit(f"{len(failed)} of {len(names)} networks: {', '.join(failed)}")


if __name__ == "__main__":
    main()
