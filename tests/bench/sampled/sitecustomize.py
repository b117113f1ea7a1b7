"""With this folder on PYTHONPATH every process of the house can be sampled: SIGUSR1 begins and ends, `{pid}.json` has the stages.

The house starts its services itself, so no bench could put `profiled.py` before them.
"""

import os
import runpy
import signal
from pathlib import Path

_FOLDER = os.environ.get("BENCH_PROFILES")
if _FOLDER:
    _profiled = runpy.run_path(str(Path(__file__).resolve().parents[1] / "profiled.py"))
    _sampler = _profiled["Sampler"](Path(_FOLDER) / f"{os.getpid()}.json")
    signal.signal(signal.SIGPROF, _sampler.sample)
    signal.signal(signal.SIGUSR1, _sampler.toggle)
