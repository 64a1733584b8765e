"""Runs cases and tells what came of each: one JSON line on standard output."""

import json
import sys
import time
import traceback

_cases = []


class Unsupported(Exception):
    """Raised by a case that the SDK has no way to do; the text says why."""


def case(area, name, *variants):
    """Registers a function as a case, or as one case for each variant, whose text goes into the name's `{}`."""

    def register(function):
        for variant in variants:
            _cases.append((area, name.format(variant), lambda variant=variant: function(variant)))
        if not variants:
            _cases.append((area, name, function))
        return function

    return register


def run(areas):
    """Runs the cases of these areas, of all when none is named, and returns how many failed."""
    failed = 0
    for area, name, function in _cases:
        if areas and area not in areas:
            continue
        outcome, note = "pass", ""
        start = time.monotonic()
        try:
            function()
        except Unsupported as words:
            outcome, note = "unsupported", str(words)
        except Exception as error:  # a case that fails in any way must not end the others
            outcome, note = "fail", f"{type(error).__name__}: {error}"
            traceback.print_exc(limit=-4, file=sys.stderr)
            failed += 1
        seconds = round(time.monotonic() - start, 2)
        line = {"area": area, "case": name, "outcome": outcome, "note": note, "seconds": seconds}
        print(json.dumps(line), flush=True)
    return failed
