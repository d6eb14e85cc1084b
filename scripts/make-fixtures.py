"""Writes tests/fixtures: what other frameworks give for normalizations, which the tests hold ours to.

    npm run fixtures               makes them anew, in a Python environment of its own
    npm run fixtures -- --check    makes them elsewhere, twice, and compares: the same machine makes the same bytes
"""

import argparse
import filecmp
import os
import pathlib
import sys
import tempfile

# Before the frameworks are there: Keras computes by torch, and nothing asks for a GPU.
os.environ.update(KERAS_BACKEND="torch", JAX_PLATFORMS="cpu", JAX_ENABLE_X64="1", CUDA_VISIBLE_DEVICES="")

import torch

from fixtures import write_all

FOLDER = pathlib.Path(__file__).parent.parent / "tests" / "fixtures"


def differing(made, kept):
    names = {path.name for folder in (made, kept) for path in folder.iterdir()}
    return sorted(name for name in names if not same(made / name, kept / name))


def same(a, b):
    return a.exists() and b.exists() and filecmp.cmp(a, b, shallow=False)


def check():
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        first, second = pathlib.Path(first), pathlib.Path(second)
        write_all(first)
        write_all(second)
        unsteady, changed = differing(first, second), differing(first, FOLDER)
        count = len(list(first.iterdir()))
    if unsteady:
        sys.exit(f"Two runs differ in {', '.join(unsteady)}")
    if changed:
        sys.exit(f"Other than those in {FOLDER}: {', '.join(changed)}")
    print(f"{count} files, the same bytes as before")


def remake():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.iterdir():
        path.unlink()
    write_all(FOLDER)
    for path in sorted(FOLDER.iterdir()):
        print(f"{path.stat().st_size:>9,} bytes  {path.name}")


arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--check", action="store_true", help="compare, and write nothing")
torch.set_num_threads(1)
if arguments.parse_args().check:
    check()
else:
    remake()
