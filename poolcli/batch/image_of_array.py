"""The image that an array becomes when it is written as an image."""

from __future__ import annotations

from typing import Any

from poolcli.core.shape_text import shape_text
from poolcli.errors import FormatError
from poolcli.io.document import Item
from poolcli.io.images.image_modes import mode_of_array, mode_of_pages, mode_with_dtype
from poolcli.io.images.pixel_array import OutputImage, PixelArray, output_image_of_array


def output_image_of_result(item: Item, result: Any, layout: str | None) -> OutputImage:
    """Return the image of a result that is not one yet.

    Parameters
    ----------
    item : Item
        What was pooled: an array, or an image whose result has another dtype.
    result : ndarray or NpyWriter
        The values. With more axes than a picture they are the pages of a stack.
    layout : str, optional
        The letters of the axes, upper case.

    Raises
    ------
    FormatError
        If no image holds the values, or the last axes are not those of a picture.

    Examples
    --------
    >>> import numpy as np
    >>> stack = np.zeros((5, 8, 8), np.uint16)
    >>> image = output_image_of_result(Item(stack), stack, "ZYX")
    >>> image.mode, image.page_count
    ('I;16', 5)
    """
    if item.image_mode is not None:
        mode, rank = mode_with_dtype(item.image_mode, result.dtype), item.page_rank
    else:
        rank = page_rank(result.shape, layout)
        if rank == len(result.shape) and layout is None:
            return output_image_of_array(result, mode_of_array(result))
        mode = mode_of_pages(result.shape, result.dtype, rank)
    if rank == len(result.shape):
        return output_image_of_array(result, mode)
    return PixelArray(mode, result, page_rank=rank)


def as_picture(result: Any, layout: str | None) -> tuple[Any, str | None]:
    """Return an array as the picture that it is, and its layout; others as they are.

    Axes of one element are left out, and 3 or 4 channels before the rows are moved to the end.

    Parameters
    ----------
    result : ndarray
        The array.
    layout : str, optional
        The letters of its axes, upper case.

    Examples
    --------
    >>> import numpy as np
    >>> picture, layout = as_picture(np.zeros((1, 3, 1, 8, 9)), "TCZYX")
    >>> picture.shape, layout
    ((8, 9, 3), 'YXC')
    >>> as_picture(np.zeros((1, 2, 8, 9)), "TCYX")[1]
    'TCYX'
    """
    if layout is None or not layout.endswith(("YX", "HW")):
        return result, layout
    plane = layout[-2:]
    outer = [axis for axis, size in enumerate(result.shape[:-2]) if size != 1]
    letters = "".join(layout[axis] for axis in outer)
    if not letters:
        return result.reshape(result.shape[-2:]), plane
    if letters == "C" and result.shape[outer[0]] in (3, 4):
        channels_first = result.reshape(result.shape[outer[0]], *result.shape[-2:])
        return channels_first.transpose(1, 2, 0), f"{plane}C"
    return result, layout


def page_rank(shape: tuple[int, ...], layout: str | None) -> int:
    """Return the number of an array's last axes that are those of a picture: 2, or 3 with channels.

    Parameters
    ----------
    shape : tuple of int
        The shape of the array.
    layout : str, optional
        The letters of its axes, upper case. Without one, three axes are a picture with channels if
        the last has the size 1, 3 or 4.

    Raises
    ------
    FormatError
        If the array has a single axis or no elements, or the layout ends with other axes.

    Examples
    --------
    >>> page_rank((9, 8, 3), None), page_rank((9, 8, 8), None), page_rank((5, 9, 8, 2), "ZYXC")
    (3, 2, 3)
    """
    if len(shape) < 2:
        raise FormatError(
            f"an array of shape {shape_text(shape)} is no image, which has rows and columns; write "
            "it as .npy instead"
        )
    if 0 in shape:
        raise FormatError(
            f"an array of shape {shape_text(shape)} has no elements for an image; write it as .npy "
            "instead"
        )
    if layout is None:
        return 3 if len(shape) == 3 and shape[2] in (1, 3, 4) else 2
    if layout.endswith(("YX", "HW")):
        return 2
    if layout.endswith(("YXC", "HWC")):
        return 3
    raise FormatError(
        f"the axes {layout} do not end with those of a picture, Y X or Y X C; write it as .npy "
        "instead"
    )
