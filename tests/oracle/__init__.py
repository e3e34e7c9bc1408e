"""The oracle: a slow and simple pooling, to which the tests compare poolcli.

Every output is computed in a Python loop over the elements of its window. Arithmetic is exact
(`Fraction`) and rounded once, to the result's dtype. The oracle shares no code with poolcli.
"""

from __future__ import annotations

from tests.oracle.geometry import adaptive_positions as adaptive_positions
from tests.oracle.geometry import output_size as output_size
from tests.oracle.geometry import same_padding as same_padding
from tests.oracle.geometry import same_size as same_size
from tests.oracle.geometry import window_positions as window_positions
from tests.oracle.levels import levels as levels
from tests.oracle.numbers import cast as cast
from tests.oracle.numbers import round_float as round_float
from tests.oracle.pooling import adaptive_pool as adaptive_pool
from tests.oracle.pooling import global_pool as global_pool
from tests.oracle.pooling import pool as pool
from tests.oracle.unpooling import unpool as unpool
from tests.oracle.window_values import MODES as MODES
