"""``python -m poolcli``."""

import os
import sys

# Python puts the current folder first on the module path. It stays there only if it holds this
# package: otherwise modules of other people would be imported from it.
_package_parent = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
if not sys.flags.safe_path and sys.path[0] != _package_parent:
    del sys.path[0]

from poolcli.cli.main import main  # noqa: E402

if __name__ == "__main__":
    main()
