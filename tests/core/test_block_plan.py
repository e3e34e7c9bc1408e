"""A plan of blocks keeps what it was made with, and nothing is mistaken for it."""

from __future__ import annotations

import weakref

from poolcli.core.kernels.block_plan import BlockPlan
from poolcli.core.make_recipe import make_recipe
from poolcli.core.output_blocks import one_block
from poolcli.core.window import Window


class Steps:
    """Steps of a kernel, which can be referred to weakly."""


def make_plan() -> BlockPlan:
    recipe = make_recipe((6, 6), "u1", "max", Window.fixed(2))
    return BlockPlan(recipe, one_block(recipe, ((0, 3), (0, 3))), [0, 1])


def test_steps_have_reducers_of_their_own() -> None:
    plan, one, two = make_plan(), Steps(), Steps()
    assert plan.reducers(one) is plan.reducers(one)
    assert plan.reducers(one) is not plan.reducers(two)


def test_steps_live_as_long_as_their_reducers() -> None:
    """Else new steps could have the same address, and get the reducers of other steps."""
    plan, steps = make_plan(), Steps()
    reference = weakref.ref(steps)
    plan.reducers(steps)
    del steps
    assert reference() is not None
