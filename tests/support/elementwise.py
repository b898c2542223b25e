# SPDX-License-Identifier: Apache-2.0
"""The operators that compiler/elementwise has, one folder each."""
import importlib.util
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "compiler/elementwise"


def folders():
    """Of each its name and cases.py: CODE, its number in files, FORMS of its operands, for tests/cli/operators.py, and cases(tf, g), models for
    tests/conformance/ops/generate.py, which is g."""
    for path in sorted(FOLDER.glob("*/cases.py")):
        spec = importlib.util.spec_from_file_location(f"elementwise_{path.parent.name}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield path.parent.name, module
