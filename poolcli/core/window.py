"""Windows: where each output of a pooling looks.

A `Window` is what a person asks for; laid on axes of known lengths it gives one `Axis` each.
Fixed, SAME, global and adaptive windows are told apart here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

from poolcli.core.arguments import (
    PaddingArgument,
    SamePadding,
    SizeArgument,
    as_bool,
    as_integer,
    as_padding_pairs,
    as_sizes,
    check_size,
    common_rank,
    is_sequence,
    is_single_pair,
)
from poolcli.core.axis import Axis, adaptive_axis, fixed_axis, same_axis
from poolcli.core.errors import ArgumentError, WindowError
from poolcli.core.size_text import size_text

T = TypeVar("T")


class Window(NamedTuple):
    """A pooling window, before it is known what it is laid on.

    Use `Window.fixed`, `Window.adaptive` or `Window.whole`; the bare constructor checks nothing.
    A tuple of length 1 that came from a plain number serves for any number of axes. `rank` is the
    number of axes that the arguments name, `kernel_rank` the number that the kernel or the output
    size alone names, which says how many axes are spatial; None where they name none.
    """

    kernel_size: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    padding: tuple[tuple[int, int], ...] | SamePadding = ((0, 0),)
    dilation: tuple[int, ...] = (1,)
    ceil_mode: bool = False
    output_size: tuple[int | None, ...] = ()
    rank: int | None = None
    kernel_rank: int | None = None

    @classmethod
    def fixed(
        cls,
        kernel_size: SizeArgument = 2,
        stride: SizeArgument | None = None,
        padding: PaddingArgument = 0,
        dilation: SizeArgument = 1,
        ceil_mode: bool = False,
    ) -> Window:
        """A window of fixed size that moves in fixed steps.

        Parameters
        ----------
        kernel_size, stride, dilation : int or sequence of int
            Elements, at least 1; one for every spatial axis or one each. `stride` is the kernel
            size by default.
        padding : int, sequence or str
            Elements before and after the data; per axis a number or a pair ``(before, after)``,
            a single pair ``((before, after),)`` for all axes;
            or ``"valid"``, ``"same"`` (TensorFlow SAME, ONNX SAME_UPPER), ``"same-lower"``.
        ceil_mode : bool
            Round the number of windows up instead of down.

        Raises
        ------
        ArgumentError
            If a value is out of range or two of them name different numbers of axes.
        ArgumentTypeError
            If a value is not an integer.

        Examples
        --------
        >>> Window.fixed(3, stride=2, padding=1).on_axes((112,))[0].out_size
        56
        """
        kernel = as_sizes("kernel_size", kernel_size, least=1)
        window = cls(
            kernel_size=kernel,
            stride=kernel if stride is None else as_sizes("stride", stride, least=1),
            padding=as_padding_pairs(padding),
            dilation=as_sizes("dilation", dilation, least=1),
            ceil_mode=as_bool("ceil_mode", ceil_mode),
            rank=common_rank(
                kernel_size=kernel_size,
                stride=stride,
                padding=None if is_single_pair(padding) else padding,
                dilation=dilation,
            ),
            kernel_rank=len(kernel_size) if is_sequence(kernel_size) else None,
        )
        window._check_padding()
        return window

    @classmethod
    def adaptive(cls, output_size: int | Sequence[int | None] | None) -> Window:
        """As many windows as asked for, their sizes following from the data's.

        ``None`` keeps an axis as it is.

        Examples
        --------
        >>> [axis.out_size for axis in Window.adaptive((7, None)).on_axes((224, 10))]
        [7, 10]
        """
        asked = list(output_size) if is_sequence(output_size) else [output_size]
        if not asked:
            raise ArgumentError("output_size must name at least one axis, not ()", "output_size")
        out = tuple(
            None if size is None else check_size("output_size", as_integer("output_size", size), 1)
            for size in asked
        )
        rank = common_rank(output_size=output_size)
        return cls(output_size=out, rank=rank, kernel_rank=rank)

    @classmethod
    def global_window(cls) -> Window:
        """One window over the whole plane.

        Examples
        --------
        >>> axis, = Window.global_window().on_axes((9,))
        >>> axis.kernel_size, axis.out_size
        (9, 1)
        """
        return cls()

    @property
    def is_adaptive(self) -> bool:
        """Whether the output's size was asked for."""
        return bool(self.output_size)

    @property
    def is_global(self) -> bool:
        """Whether this is the global window."""
        return not self.kernel_size and not self.output_size

    @property
    def size_argument(self) -> str:
        """The name of the argument that sets the window's size."""
        return "output_size" if self.is_adaptive else "kernel_size"

    def on_axes(self, sizes: Sequence[int]) -> tuple[Axis, ...]:
        """Lay the window on spatial axes of these lengths.

        Raises
        ------
        WindowError
            If the window is for another number of axes, or the output would be empty.
        """
        if self.rank is not None and self.rank != len(sizes):
            raise WindowError(
                f"{self.describe()} is for {self.rank} spatial axes, the input has "
                f"{len(sizes)}: {size_text(sizes)}",
                self.size_argument,
            )
        axes = tuple(self._axis(index, size) for index, size in enumerate(sizes))
        if any(axis.out_size < 1 or axis.size < 1 for axis in axes):
            raise WindowError(self._misfit(axes), self.size_argument)
        return axes

    def _axis(self, index: int, size: int) -> Axis:
        if self.is_global:
            return Axis(size, out_size=1, kernel_size=size, stride=max(size, 1))
        if self.is_adaptive:
            out = _pick(self.output_size, index)
            return adaptive_axis(size, size if out is None else out)
        kernel, stride = _pick(self.kernel_size, index), _pick(self.stride, index)
        dilation = _pick(self.dilation, index)
        if isinstance(self.padding, str):
            return same_axis(size, kernel, stride, dilation, lower=self.padding == "same-lower")
        before, after = _pick(self.padding, index)
        return fixed_axis(size, kernel, stride, dilation, before, after, self.ceil_mode)

    def _check_padding(self) -> None:
        if isinstance(self.padding, str):
            return
        for index in range(self.rank or 1):
            extent = _pick(self.dilation, index) * (_pick(self.kernel_size, index) - 1) + 1
            widest = max(_pick(self.padding, index))
            if widest >= extent:
                raise ArgumentError(
                    f"padding {widest} must be smaller than the window, which spans {extent} "
                    f"{'element' if extent == 1 else 'elements'} "
                    f"(kernel size {_pick(self.kernel_size, index)}, dilation "
                    f"{_pick(self.dilation, index)}); use a larger kernel or less padding",
                    "padding",
                )

    def describe(self) -> str:
        """The window in words, for messages."""
        parts = [f"{name} {text}" for name, text in self.parts()]
        return ", ".join(parts) or "the global window"

    def parts(self) -> Iterator[tuple[str, str]]:
        """Yield name and text of the sizes, and of padding and dilation that are not the default.

        Examples
        --------
        >>> dict(Window.fixed(3, stride=2, padding=((1, 0), 1)).parts())
        {'kernel size': '3', 'stride': '2', 'padding': '1:0x1'}
        """
        if self.is_global:
            return
        if self.is_adaptive:
            yield "output size", size_text(self.output_size)
            return
        yield "kernel size", size_text(self.kernel_size)
        yield "stride", size_text(self.stride)
        if isinstance(self.padding, str):
            yield "padding", self.padding
        elif any(pair != (0, 0) for pair in self.padding):
            yield "padding", size_text(b if a == b else f"{b}:{a}" for b, a in self.padding)
        if any(gap != 1 for gap in self.dilation):
            yield "dilation", size_text(self.dilation)

    def _misfit(self, axes: Sequence[Axis]) -> str:
        shape = size_text([axis.size for axis in axes])
        if any(axis.size < 1 for axis in axes):
            return f"the input's spatial size is {shape}: there is nothing to pool"
        out = size_text([max(axis.out_size, 0) for axis in axes])
        fits = size_text([_largest_kernel(axis) for axis in axes])
        return (
            f"{self.describe()} does not fit an input of {shape}: the output would be {out}. "
            f"A kernel size up to {fits} fits, and so does padding 'same'"
        )


def _largest_kernel(axis: Axis) -> int:
    return (axis.size + axis.pad_before + axis.pad_after - 1) // axis.dilation + 1


def _pick(values: tuple[T, ...], index: int) -> T:
    return values[index] if len(values) > 1 else values[0]
