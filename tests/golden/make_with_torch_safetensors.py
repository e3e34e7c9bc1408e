"""A script that makes ``torch_tensors.safetensors``: tensors that PyTorch saved, and their pooling.

Needs PyTorch and safetensors (made with 2.13 and 0.8, on a CPU). From the repository's root::

    python tests/golden/make_with_torch_safetensors.py
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)


def main() -> None:
    """Write the file: tensors by the names of their dtypes, results as ``NAME.max``, ``NAME.avg``.

    PyTorch pools no float8, and rounds means of bfloat16 twice, so all are pooled in float32.
    """
    values = torch.randn(2, 6, 8, generator=torch.Generator().manual_seed(0)) * 3
    tensors = {}
    for dtype in DTYPES:
        name = str(dtype).removeprefix("torch.")
        tensor = values.to(dtype)
        tensors[name] = tensor
        for mode in ("max", "avg"):
            pool = getattr(torch.nn.functional, f"{mode}_pool2d")
            tensors[f"{name}.{mode}"] = pool(tensor.float(), 2).to(dtype)
    tensors["int64"] = torch.arange(96).reshape(2, 6, 8)
    path = Path(__file__).with_name("torch_tensors.safetensors")
    save_file(tensors, path, {"format": "pt", "torch": torch.__version__})
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
