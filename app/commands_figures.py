"""The command that writes the figures of a period: ``p2ptext export figures``. It cannot send."""

from __future__ import annotations

import argparse
import sys

from app.commands import _guarded, _progress, _workspace


@_guarded
def export(options: argparse.Namespace) -> int:
    """To a file (private, renamed into place) or to standard output, as the Reports page counts them."""
    from app.campaigns import answers_file
    from app.reports import figures, figures_out

    with _workspace(options) as workspace:
        store = workspace.store
        key = answers_file.find_campaign(store, options.campaign) if options.campaign else None
        asked = figures.Asked(options.days, key)
        found = figures.read(store, workspace.clock, asked, progress=_progress("Counting"))
    target = options.out if options.out is not None else sys.stdout
    rows = figures_out.write(found, target, options.format, mask=options.mask)
    if options.out is not None:
        print(f"{rows:,} rows written to {options.out}.", file=sys.stderr)
    return 0
