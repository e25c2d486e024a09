"""``make bench``: every figure as a ratio against something else in the same run."""

from __future__ import annotations

import importlib
import sys

BENCHES = (
    "bench_import",
    "bench_enter",
    "bench_startup",
    "bench_thread",
    "bench_desk",
    "bench_card",
    "bench_campaign",
    "bench_encryption",
)


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them."""
    for name in names or BENCHES:
        print(f"-- {name}", flush=True)
        module = importlib.import_module(f"tests.benchmarks.{name}")
        getattr(module, "main", module.run)()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
