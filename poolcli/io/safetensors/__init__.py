"""Files of named tensors in the safetensors format. Only this package imports safetensors."""
