"""HEIF (HEIC) and JPEG XL, which the packages of the extra ``[formats]`` read and write."""
