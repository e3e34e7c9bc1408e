"""Plan a run without working on it; batches.py measures this as a process of its own.

    python benchmarks/plan_inputs.py OPTIONS COUNT

OPTIONS is a JSON object of option values with a list "inputs"; COUNT is the number of tasks that
the plan must have.
"""

import json
import sys

from poolcli.batch.plan import make_plan
from poolcli.cli.request_builder import build_request

if __name__ == "__main__":
    request = build_request("max", json.loads(sys.argv[1]))
    assert len(make_plan(request).tasks) == int(sys.argv[2])
