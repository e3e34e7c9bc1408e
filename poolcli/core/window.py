"""Windows as users give them: kernel size, stride, padding and dilation, or an output size.

`Window.on_axes` lays a window on axes of known sizes and returns one `Axis` each. Fixed, SAME,
global and adaptive windows are distinguished in this module and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from poolcli.core import arguments
from poolcli.core.arguments import PaddingArgument, SamePadding, SizeArgument, is_sequence
from poolcli.core.axis import Axis, adaptive_axis, fitted_sizes, fixed_axis, same_axis
from poolcli.core.errors import ArgumentError, WindowError
from poolcli.core.footprint import Footprint, as_footprint
from poolcli.core.padding_mode import PaddingMode, as_padding_mode
from poolcli.core.shape_text import shape_text

if TYPE_CHECKING:
    from poolcli.core.footprint import FootprintArgument

T = TypeVar("T")


class Window(NamedTuple):
    """A pooling window that is independent of the input's shape.

    `Window.fixed`, `Window.adaptive`, `Window.fit` and `Window.global_window` check their
    arguments; the constructor does not.

    Attributes
    ----------
    kernel_size, stride, dilation : tuple of int
        One entry per pooled axis, or one entry for any number of axes. The kernel size is empty in
        adaptive and global windows.
    padding : tuple of (int, int), or "same" or "same-lower"
        Elements before and after the data, one pair per pooled axis or one for all.
    ceil_mode : bool
        Whether the number of windows is rounded up.
    padding_mode : PaddingMode, optional
        What padding contains; None if each mode treats it by a rule of its own.
    footprint : Footprint, optional
        Which elements of the kernel count; None for all.
    output_size : tuple of int or None
        The number of windows per axis; None keeps an axis. Empty if they are not given.
    rank : int, optional
        The number of pooled axes that the arguments name; None if they name no number.
    kernel_rank : int, optional
        The same for the kernel size or the output size alone. It decides how many axes are pooled
        by default.
    longest_side : int, optional
        The largest size that a pooled axis of the output has, where sizes keep the aspect ratio.
    """

    kernel_size: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    padding: tuple[tuple[int, int], ...] | SamePadding = ((0, 0),)
    dilation: tuple[int, ...] = (1,)
    ceil_mode: bool = False
    padding_mode: PaddingMode | None = None
    footprint: Footprint | None = None
    output_size: tuple[int | None, ...] = ()
    rank: int | None = None
    kernel_rank: int | None = None
    longest_side: int | None = None

    @classmethod
    def fixed(
        cls,
        kernel_size: SizeArgument = 2,
        stride: SizeArgument | None = None,
        padding: PaddingArgument = 0,
        dilation: SizeArgument = 1,
        ceil_mode: bool = False,
        padding_mode: str | None = None,
        footprint: FootprintArgument | None = None,
    ) -> Window:
        """Return a window of fixed size that moves by a fixed stride.

        Parameters
        ----------
        kernel_size, stride, dilation : int or sequence of int
            In elements, at least 1; one for all pooled axes or one per axis. The default stride is
            the kernel size.
        padding : int, sequence or str
            Elements before and after the data: a number for all axes; per axis a number or a pair
            ``(before, after)``; a single pair ``((before, after),)`` for all axes; or ``"valid"``,
            ``"same"`` (TensorFlow SAME, ONNX SAME_UPPER), ``"same-lower"`` (ONNX SAME_LOWER).
        ceil_mode : bool
            Whether to round the number of windows up instead of down.
        padding_mode : str, optional
            What padding contains: ``"reflect"``, ``"replicate"``, ``"symmetric"``, ``"circular"``
            or ``"constant:V"`` (see `poolcli.core.padding_mode`).
        footprint : str or array_like of bool, optional
            Which elements of the kernel count: ``"disk"``, ``"cross"``, ``"ring"``, or an array of
            the kernel's shape (see `poolcli.core.footprint_mask`).

        Raises
        ------
        ArgumentError
            If a value is out of range, the padding is not smaller than the window, or two
            arguments name different numbers of axes.
        ArgumentTypeError
            If a value is not an integer.

        Examples
        --------
        >>> Window.fixed(3, stride=2, padding=1).on_axes((112,))[0].out_size
        56
        """
        kernel = arguments.as_sizes("kernel_size", kernel_size, minimum=1)
        elements = as_footprint(footprint)
        if elements is not None:
            elements.check_kernel(kernel)
        footprint_shape = elements.shape if elements is not None and elements.shape else None
        kernel_shape = kernel_size if is_sequence(kernel_size) else footprint_shape
        kernel_rank = None if kernel_shape is None else len(kernel_shape)
        window = cls(
            kernel_size=kernel,
            stride=kernel if stride is None else arguments.as_sizes("stride", stride, minimum=1),
            padding=arguments.as_padding_pairs(padding),
            dilation=arguments.as_sizes("dilation", dilation, minimum=1),
            ceil_mode=arguments.as_bool("ceil_mode", ceil_mode),
            padding_mode=as_padding_mode(padding_mode),
            footprint=elements,
            rank=arguments.common_rank(
                kernel_size=kernel_size,
                stride=stride,
                padding=None if arguments.is_single_pair(padding) else padding,
                dilation=dilation,
                footprint=footprint_shape,
            ),
            kernel_rank=kernel_rank,
        )
        window._check_padding()
        return window

    @classmethod
    def adaptive(cls, output_size: int | Sequence[int | None] | None) -> Window:
        """Return a window that gives an output of the size wanted.

        Parameters
        ----------
        output_size : int, None or sequence of int or None
            Windows per pooled axis, at least 1; one for all axes or one per axis. None keeps an
            axis.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            If a size is out of range or not an integer.

        Examples
        --------
        >>> [axis.out_size for axis in Window.adaptive((7, None)).on_axes((224, 10))]
        [7, 10]
        """
        out_sizes = tuple(
            None if size is None else arguments.as_size("output_size", size, minimum=1)
            for size in arguments.axis_entries("output_size", output_size)
        )
        rank = arguments.common_rank(output_size=output_size)
        return cls(output_size=out_sizes, rank=rank, kernel_rank=rank)

    @classmethod
    def fit(cls, longest_side: int) -> Window:
        """Return an adaptive window that keeps the aspect ratio of its input.

        The longest pooled axis of the output gets the size wanted, the others the nearest one (half
        up) to the same ratio, at least 1. An input that is not larger stays as it is.

        Parameters
        ----------
        longest_side : int
            Windows along the longest pooled axis, at least 1.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            If the size is out of range or not an integer.

        Examples
        --------
        >>> [axis.out_size for axis in Window.fit(256).on_axes((1200, 1600))]
        [192, 256]
        >>> [axis.out_size for axis in Window.fit(256).on_axes((40, 100))]
        [40, 100]
        """
        wanted = "an integer"
        return cls(longest_side=arguments.as_size("longest_side", longest_side, 1, wanted))

    @classmethod
    def global_window(cls) -> Window:
        """Return the global window: one window over all elements of the pooled axes.

        Examples
        --------
        >>> axis, = Window.global_window().on_axes((9,))
        >>> axis.kernel_size, axis.out_size
        (9, 1)
        """
        return cls()

    @property
    def is_adaptive(self) -> bool:
        """Whether the output size decides where the windows lie."""
        return bool(self.output_size) or self.longest_side is not None

    @property
    def is_global(self) -> bool:
        """Whether one window covers the pooled axes."""
        return not self.kernel_size and not self.is_adaptive

    @property
    def tiles(self) -> bool:
        """Whether windows lie side by side: stride = kernel size, no padding, no dilation.

        Those with an array as footprint, which has no larger size, do not count as such.

        Examples
        --------
        >>> Window.fixed(3).tiles, Window.fixed(3, stride=2).tiles, Window.fixed(3, padding=1).tiles
        (True, False, False)
        """
        if not self.kernel_size or isinstance(self.padding, str):
            return False
        if self.footprint is not None and self.footprint.shape:
            return False
        numbers = range(self.rank or 1)
        return (
            all(_entry(self.stride, i) == _entry(self.kernel_size, i) for i in numbers)
            and all(pair == (0, 0) for pair in self.padding)
            and all(dilation == 1 for dilation in self.dilation)
        )

    def at_level(self, level: int) -> Window:
        """Return the window on the input that a level of a pyramid of windows that tile has.

        Level ``n`` of a kernel size ``k`` has the kernel size ``k**n``.

        Parameters
        ----------
        level : int
            From 1.

        Examples
        --------
        >>> Window.fixed((1, 2, 3)).at_level(2).kernel_size
        (1, 4, 9)
        """
        return self._replace(
            kernel_size=tuple(size**level for size in self.kernel_size),
            stride=tuple(step**level for step in self.stride),
        )

    @property
    def size_argument(self) -> str:
        """The name of the argument that sets the window's size."""
        if self.longest_side is not None:
            return "longest_side"
        return "output_size" if self.is_adaptive else "kernel_size"

    def on_axes(self, sizes: Sequence[int]) -> tuple[Axis, ...]:
        """Return the windows along each pooled axis.

        Parameters
        ----------
        sizes : sequence of int
            The sizes of the pooled axes, in elements.

        Raises
        ------
        WindowError
            If the window is for another number of axes, or the output would be empty.

        Examples
        --------
        >>> [axis.out_size for axis in Window.fixed((3, 2)).on_axes((9, 9))]
        [3, 4]
        """
        if self.rank is not None and self.rank != len(sizes):
            noun = "axis" if self.rank == 1 else "axes"
            verb = "is" if len(sizes) == 1 else "are"
            raise WindowError(
                f"{self.describe()} is for {self.rank} pooled {noun}; here {len(sizes)} {verb} "
                f"pooled: {shape_text(sizes)}",
                self.size_argument,
            )
        window = self
        if self.longest_side is not None:
            window = self._replace(output_size=fitted_sizes(sizes, self.longest_side))
        axes = tuple(window._axis(index, size) for index, size in enumerate(sizes))
        if any(axis.out_size < 1 or axis.size < 1 for axis in axes):
            raise self._misfit_error(axes)
        if self.padding_mode is not None:
            for axis in axes:
                self.padding_mode.check_size(axis)
        return axes

    def _axis(self, index: int, size: int) -> Axis:
        """Return the windows along the pooled axis number `index`, of `size` elements."""
        if self.is_global:
            return Axis(size, out_size=1, kernel_size=size, stride=max(size, 1))
        if self.is_adaptive:
            out = _entry(self.output_size, index)
            return adaptive_axis(size, size if out is None else out)
        kernel, stride = _entry(self.kernel_size, index), _entry(self.stride, index)
        dilation = _entry(self.dilation, index)
        if isinstance(self.padding, str):
            return same_axis(size, kernel, stride, dilation, lower=self.padding == "same-lower")
        padding = _entry(self.padding, index)
        return fixed_axis(size, kernel, stride, dilation, padding, self.ceil_mode)

    def _check_padding(self) -> None:
        """Raise `ArgumentError` if the padding is not smaller than the window."""
        if isinstance(self.padding, str):
            return
        for index in range(self.rank or 1):
            kernel, dilation = _entry(self.kernel_size, index), _entry(self.dilation, index)
            extent = dilation * (kernel - 1) + 1
            padding = max(_entry(self.padding, index))
            if padding >= extent:
                from poolcli.core.window_diagram import padding_without_data_diagram

                raise ArgumentError(
                    f"padding {padding} must be smaller than the window, which spans {extent} "
                    f"{'element' if extent == 1 else 'elements'} (kernel size {kernel}, dilation "
                    f"{dilation}); use a larger kernel or less padding",
                    "padding",
                    padding_without_data_diagram(kernel, dilation, _entry(self.padding, index)),
                )

    def describe(self) -> str:
        """Return the window as text, for messages.

        Examples
        --------
        >>> Window.fixed(3, stride=2).describe()
        'kernel size 3, stride 2'
        """
        parts = [f"{name} {text}" for name, text in self.labelled_sizes()]
        return ", ".join(parts) or "the global window"

    def labelled_sizes(self) -> Iterator[tuple[str, str]]:
        """Yield name and text of kernel size and stride, of the output size or the longest side.

        Padding, dilation and footprint follow if they are not the default. The global window
        yields nothing.

        Examples
        --------
        >>> dict(Window.fixed(3, stride=2, padding=((1, 0), 1)).labelled_sizes())
        {'kernel size': '3', 'stride': '2', 'padding': '1:0x1'}
        """
        if self.is_global:
            return
        if self.longest_side is not None:
            yield "longest side at most", str(self.longest_side)
            return
        if self.is_adaptive:
            yield "output size", shape_text(self.output_size)
            return
        yield "kernel size", shape_text(self.kernel_size)
        yield "stride", shape_text(self.stride)
        if isinstance(self.padding, str):
            yield "padding", self.padding
        elif any(pair != (0, 0) for pair in self.padding):
            yield "padding", shape_text(b if a == b else f"{b}:{a}" for b, a in self.padding)
        if self.padding_mode is not None:
            yield "padding mode", self.padding_mode.text
        if any(dilation != 1 for dilation in self.dilation):
            yield "dilation", shape_text(self.dilation)
        if self.footprint is not None:
            yield "footprint", self.footprint.name

    def _misfit_error(self, axes: Sequence[Axis]) -> WindowError:
        """Return the error for an output without elements."""
        from poolcli.core.window_diagram import misfit_diagram

        shape = shape_text([axis.size for axis in axes])
        if any(axis.size < 1 for axis in axes):
            return WindowError(
                f"the input's size on the pooled axes is {shape}: there is nothing to pool",
                self.size_argument,
            )
        out = shape_text([max(axis.out_size, 0) for axis in axes])
        fits = shape_text([_largest_kernel(axis) for axis in axes])
        return WindowError(
            f"{self.describe()} does not fit an input of {shape}: the output would be {out}. "
            f"A kernel size up to {fits} fits, and so does padding 'same'",
            self.size_argument,
            misfit_diagram(axes),
        )


def _largest_kernel(axis: Axis) -> int:
    """Return the largest kernel size that fits an axis with its padding and dilation."""
    return (axis.size + axis.pad_before + axis.pad_after - 1) // axis.dilation + 1


def _entry(values: tuple[T, ...], index: int) -> T:
    """Return the entry of an axis; a single entry applies to every axis."""
    return values[index] if len(values) > 1 else values[0]
