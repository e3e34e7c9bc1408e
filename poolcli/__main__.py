"""``python -m poolcli``."""

import os
import sys

# Python has put the current folder first on the module path; nothing but this package may come
# from there, and that only where it is the one that runs.
_home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
if not sys.flags.safe_path and sys.path[0] != _home:
    del sys.path[0]

from poolcli.cli.main import main  # noqa: E402

if __name__ == "__main__":
    main()
