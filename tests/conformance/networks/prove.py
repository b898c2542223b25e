#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves and verifies each network that make.py made, and compares its result with TFLite's.

Of each network: prove, then verify; the result of `halocline run` has the arg-max of TFLite's, near ties aside, and a cosine of
at least 0.999 to it. Prints a table of time, the witness's share of it, and memory; exit code 1: one was not as expected. Python's standard library only.
"""
import argparse
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import npy  # noqa: E402

LEAST_COSINE = 0.999
# Options beside the defaults, as README states. Of large language models the last token's logits are public.
LAST = ["--result", "last"]
OPTIONS = {
    "gpt2_distil": [*LAST, "--k", "20", "--max-proof-bytes", "8000"],
    "gpt2_distil_embedded": [*LAST, "--k", "20", "--max-proof-bytes", "8000"],
}
# As a share of the outputs' range, what scales are chosen for: outputs that are closer may change places.
ACCURACY = 0.02
# Sigmoids of single scores: compared by value.
MOST_ERROR = 0.01


def run(arguments):
    """Exit code, output, seconds, MiB at most."""
    start = time.monotonic()
    p = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    text = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return p.returncode, text, time.monotonic() - start, usage.ru_maxrss / 1024


def files(folder, stem):
    return sorted(folder.glob(f"{stem}.npy")) or sorted(folder.glob(f"{stem}_[0-9]*.npy"))


def cosine(a, b):
    scale = math.sqrt(sum(x * x for x in a) * sum(x * x for x in b))
    return sum(x * y for x, y in zip(a, b)) / scale if scale > 0 else 1.0


def compare(name, folder, got, bits):
    """The least cosine; raises AssertionError. got: all outputs' integers, one behind the other; bits: of each."""
    least, at = 1.0, 0
    for path, f in zip(files(folder, "expected"), bits, strict=True):
        want = npy.load(path)[0]
        if OPTIONS.get(name, [])[:2] == LAST:
            want = want[-(len(got) - at):]
        part = [x / 2.0**f for x in got[at:at + len(want)]]
        at += len(want)
        if len(want) == 1:
            assert abs(part[0] - want[0]) < MOST_ERROR, f"is {part[0]}, TFLite gives {want[0]}"
            continue
        assert max(want) - want[part.index(max(part))] <= ACCURACY * (max(want) - min(want)), "its largest output is not TFLite's"
        least = min(least, cosine(part, want))
    assert at == len(got), f"{len(got)} results, TFLite has {at}"
    assert least >= LEAST_COSINE, f"its outputs have a cosine of {least:.6f} to TFLite's, expected {LEAST_COSINE}"
    return least


def witness_share(report):
    """Per cent of the proof's processor time that goes into inference, its comparison with the float model and the witness; without
    compiling, keys and verifying, which are no part of a proof."""
    seconds = {}
    for phase in report["costs"]["phases"]:
        group = phase["group"]
        seconds[group] = seconds.get(group, 0) + sum(r["cpu_seconds"] for r in phase["per_rank"])
    return 100 * seconds["witness"] / sum(t for group, t in seconds.items() if group not in ("compile", "keys", "verify"))


def check(program, folder, work, name):
    """A line of the table; raises AssertionError."""
    model, inputs, options = folder / "model.tflite", files(folder, "input"), OPTIONS.get(name, [])
    out, result = work / "out", work / "out.npy"
    work.mkdir(parents=True, exist_ok=True)
    proved, text, seconds, memory = run([program, "prove", model, *inputs, *options, "--unsafe-dev-srs", "--no-report",
                                         "--cache", work / "cache", "-o", out])
    assert proved == 0, f"exit code {proved} with {memory / 1024:.1f} GiB: {text[-600:]}"
    prove = re.search(r"proved and verified in ([0-9.]+) s", text).group(1)
    verified, text, _, _ = run([program, "verify", out / "vk.hcl", out / "proof.bin", out / "public.json"])
    assert verified == 0 and "accepted" in text, text[-600:]
    took = re.search(r"(\d+) bytes in ([0-9.]+) ms", text)
    code, text, _, _ = run([program, "run", model, *inputs, *options, "-q", "-o", result, "--json"])
    assert code == 0, text[-600:]
    bits = [t["frac_bits"] for o in json.loads(text[text.index("{"):])["outputs"] for t in o["tensors"]]
    least = compare(name, folder, npy.load(result)[0], bits)
    share = witness_share(json.loads((out / "report.json").read_text()))
    return (f"{name:24} {prove:>8} {seconds:8.1f} {memory / 1024:7.2f} {share:9.1f} {took.group(1):>8} {took.group(2):>8} "
            f"{least:9.6f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--work", type=pathlib.Path, help="where proofs, keys and results go (default: FOLDER)")
    a = parser.parse_args()
    names = a.names or sorted(p.parent.name for p in a.folder.glob("*/model.tflite"))
    failed = []
    print(f"{'network':24} {'prove s':>8} {'all s':>8} {'GiB':>7} {'witness %':>9} {'bytes':>8} {'verify ms':>8} {'cosine':>9}", flush=True)
    for name in names:
        try:
            print(check(a.program, a.folder / name, (a.work or a.folder) / name, name), flush=True)
        except AssertionError as e:
            failed.append(name)
            print(f"{name:24} FAILED: {e}", flush=True)
    if failed or not names:
        sys.exit(f"{len(failed)} of {len(names)} networks: {', '.join(failed)}")


if __name__ == "__main__":
    main()
