"""A table of well-known formats that are not read, and how to convert each of them.

The format of a file is found by its content or by its extension.
"""

from __future__ import annotations

import re
from typing import NamedTuple

IDENTIFYING_BYTES = 4096
"""The number of bytes at the beginning of a file in which signatures are searched."""

UNIDENTIFIED = (
    "neither an image that Pillow can read nor .npy, .npz or .safetensors, or it is damaged; "
    "convert it to one of them, or get a new copy"
)
"""The message for a file of no format that is known."""


class UnsupportedFormat(NamedTuple):
    """A format that is not read.

    Attributes
    ----------
    name : str
        What the file is.
    extensions : str
        The usual extensions, separated by spaces; used if no signature matches.
    signature : bytes
        A regular expression that matches the first bytes; empty for a format without a signature.
    advice : str
        How to get an image or an array out of the file.
    """

    name: str
    extensions: str
    signature: bytes
    advice: str

    @property
    def message(self) -> str:
        """The error message for a file of this format."""
        return f"{self.name}; {self.advice}"


def _convert(command: str) -> str:
    """Return the advice to convert a file with a shell command."""
    return f"convert it first: {command}"


def _save(expression: str) -> str:
    """Return the advice to save an array that a Python package reads."""
    return f'in Python, numpy.save("x.npy", {expression}) makes a file to pool'


# fmt: off
PYTORCH = UnsupportedFormat(
    "a PyTorch checkpoint, which holds pickled Python objects and is never loaded",
    ".pt .pth .ckpt",
    rb"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19|PK\x03\x04.{26}[^\0/]*/data\.pkl",
    _save('torch.load("FILE", weights_only=True)["NAME"].numpy(force=True)')
    + '; leave out ["NAME"] if it is one tensor')
COMPRESSED = UnsupportedFormat(
    "a compressed file (gzip, bzip2, xz, Zstandard or LZ4)", ".gz .bz2 .xz .zst .lz4",
    rb"\x1f\x8b\x08|BZh[1-9](?:1AY|\x17rE)|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18",
    "decompress it first: gunzip, bunzip2, unxz, unzstd or unlz4")
ZIP = UnsupportedFormat(
    "a ZIP archive, but not an .npz", ".zip", b"", "unpack it first: unzip FILE")
TEXT = UnsupportedFormat("a text file", "", b"", _save('numpy.loadtxt("FILE")'))
ZIPPED_ZARR = UnsupportedFormat(
    "a zipped Zarr store", "", b"", "name it as a URL: zip://::FILE, or unpack it first: unzip FILE"
)

UNSUPPORTED_FORMATS = tuple(UnsupportedFormat(*each) for each in (
    # Programs: running one could do anything.
    ("a PostScript program (EPS, PS), which is not run", ".eps .ps .epsf .epsi",
     rb"\xc5\xd0\xd3\xc6|\x1b%-12345X.{0,4000}?%!|(?:\xef\xbb\xbf)?[\x04\s]*%!",
     _convert("gs -dSAFER -sDEVICE=png16m -r300 -o OUT.png FILE")),
    ("a Windows metafile (WMF, EMF), whose drawing commands are not run", ".wmf .emf",
     rb"\xd7\xcd\xc6\x9a|[\x01\x02]\0\x09\0\0[\x01\x03]|\x01\0\0\0.{36} EMF",
     _convert("libreoffice --headless --convert-to png FILE")),
    ("an SVG drawing", ".svg",
     rb"(?:\xef\xbb\xbf)?\s*<(?:(?:\?xml|!--|!DOCTYPE svg).{0,4000}?<)?svg[\s/>]",
     _convert("rsvg-convert -o OUT.png FILE")),
    ("a PDF document", ".pdf", rb"\s*%PDF-", _convert("pdftoppm -r 300 -png FILE OUT")),
    # Tensors and scientific arrays.
    PYTORCH,
    ("pickled Python objects, which are never loaded", ".pkl .pickle .joblib",
     rb"\x80[\x02-\x05][\x95}\]\(c\x8a-\x8dqX)KGU]",
     "if you trust them, " + _save('pickle.load(open("FILE", "rb"))')),
    ("a MATLAB 7.3 file (HDF5)", "", rb"MATLAB 7\.3 MAT-file",
     _save('h5py.File("FILE")["NAME"][()].T')),
    ("an HDF5 file", ".h5 .hdf5 .he5", rb"(?:.{512}|.{1024}|.{2048})?\x89HDF\r\n\x1a\n",
     _save('h5py.File("FILE")["NAME"][()]')),
    ("a Keras model", ".keras", b"", "read it with keras.saving.load_model"),
    ("a MATLAB file", ".mat",
     rb"MATLAB 5\.0 MAT-file|"  # and version 4, the header of its first array:
     rb"[\0\n\x14\x1e(2]\0{3}.{2}\0\0.{2}\0\0[\0\x01]\0{3}[\x02-\x40]\0{3}[A-Za-z]\w*\0",
     _save('scipy.io.loadmat("FILE")["NAME"]')),
    ("a netCDF file", ".nc .cdf", rb"CDF[\x01\x02\x05]",
     _save('xarray.open_dataset("FILE")["NAME"].values')),
    ("a file of GRIB, BUFR or HDF4 data", ".grib .grb .grib2 .grb2 .bufr .hdf",
     rb"GRIB|BUFR|\x0e\x03\x13\x01", _convert("gdal_translate FILE OUT.tif")),
    ("a NIfTI volume", ".nii",
     rb"(?:\x5c\x01\0\0|\0\0\x01\x5c).{340}n[i+]1\0|(?:\x1c\x02\0\0|\0\0\x02\x1c)n[i+]2\0",
     _save('nibabel.load("FILE").dataobj')),
    ("a DICOM file", ".dcm", rb".{128}DICM", _save('pydicom.dcmread("FILE").pixel_array')),
    ("a MetaImage volume", ".mha .mhd", rb"(?:Comment = [^\n]*\n)?(?:ObjectType|NDims) *= ",
     _save('SimpleITK.GetArrayFromImage(SimpleITK.ReadImage("FILE"))')),
    ("an MRC volume", ".mrc", rb".{208}MAP[ \0]", _save('mrcfile.read("FILE")')),
    ("a microscope file (CZI, LIF or ND2)", ".czi .lif .nd2",
     rb"ZISRAWFILE|\x70\0{3}.{4}\x2a|\xda\xce\xbe\x0a", _convert("bfconvert FILE OUT.ome.tif")),
    ("an NRRD volume", ".nrrd", rb"NRRD00", _save('nrrd.read("FILE")[0]')),
    ("a Parquet table", ".parquet", rb"PAR1", _save('pandas.read_parquet("FILE").to_numpy()')),
    ("an Arrow table", ".feather .arrow", rb"ARROW1|FEA1",
     _save('pandas.read_feather("FILE").to_numpy()')),
    ("an SQLite database (or a GeoPackage)", ".gpkg .sqlite .db", rb"SQLite format 3\0",
     "gdal_translate FILE OUT.tif makes an image of a GeoPackage"),
    ("an ONNX model", ".onnx", b"",
     _save('onnx.numpy_helper.to_array(onnx.load("FILE").graph.initializer[0])')),
    ("a neural network model", ".pb .tflite .gguf", rb"GGUF|.{4}TFL3",
     "export the weights to pool with numpy.save"),
    ("a file of TFRecords", ".tfrecord .tfrecords", b"",
     'in Python, tensorflow.train.Example.FromString(next(iter(tensorflow.data.TFRecordDataset('
     '"FILE"))).numpy()) is its first record; save the array in it with numpy.save'),
    ("an IDX file, as MNIST has them", "", rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x04]\0",
     _save('numpy.fromfile("FILE", "u1", offset=16).reshape(-1, 28, 28)')),
    ("numbers without a header", ".raw .bin .dat", b"",
     _save('numpy.fromfile("FILE", DTYPE).reshape(SHAPE)')),
    # Other images.
    ("an OpenEXR image", ".exr", rb"\x76\x2f\x31\x01",
     _save('OpenEXR.File("FILE").channels()["RGB"].pixels') + '; with alpha the name is "RGBA"'),
    ("a JPEG XR image", ".jxr .wdp .hdp", rb"II\xbc[\0\x01]", _save('imagecodecs.imread("FILE")')),
    ("a Radiance HDR image", "", rb"#\?RADIANCE|#\?RGBE",
     _save('cv2.imread("FILE", cv2.IMREAD_UNCHANGED)')),
    ("a raw image of a camera", ".cr2 .cr3 .nef .nrw .arw .srf .sr2 .dng .raf .rw2 "
     ".orf .pef .srw .x3f .3fr .erf .mrw .mos .kdc .dcr",
     rb".{4}ftypcrx |FUJIFILMCCD-RAW|IIU\0|IIR[OS]|MMOR|FOVb",
     _save('rawpy.imread("FILE").postprocess()')),
    ("an IPTC record", ".iim", b"", "extract its image first, with exiftool"),
    ("a GIMP image (XCF)", ".xcf", rb"gimp xcf ", "export it from GIMP as PNG"),
    ("a DjVu document", ".djvu .djv", rb"AT&TFORM", _convert("ddjvu -format=tiff FILE OUT.tif")),
    # Video and audio.
    ("a video", ".mp4 .mov .m4v .avi .mkv .webm .mpg .mpeg .wmv",
     rb".{4}ftyp(?!avi[fs]|m[is]f1|he[iv][cmsx]|crx |jp[2xm] )|.{4}(?:moov|mdat)|RIFF.{4}AVI |"
     rb"\x1aE\xdf\xa3|\0\0\x01[\xb3\xba]|FLV\x01|OggS|"
     rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11|G(?!IF8).{187}G.{187}G",
     "extract its frames first: ffmpeg -i FILE %05d.png"),
    ("an audio file", ".wav", rb"RIFF.{4}WAVE", _save('scipy.io.wavfile.read("FILE")[1]')),
    ("an audio file", ".mp3 .flac .m4a .aac", rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2]|fLaC",
     _convert("ffmpeg -i FILE OUT.wav")),
    # Compressed files and archives.
    COMPRESSED,
    ("an archive (tar, 7z or RAR)", ".tar .tgz .tbz .txz .7z .rar",
     rb".{257}ustar|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07",
     "unpack it first: tar -xf FILE, or 7z x FILE"),
    ZIP,
    # Text.
    ("a pointer of Git LFS, not the file itself", "", rb"version https://git-lfs",
     "fetch that first: git lfs pull"),
    ("a web page", ".html .htm", rb"(?i:(?:\xef\xbb\xbf)?\s*(?:<!doctype html|<html))",
     "check whether the download gave an error page instead of the file"),
    ("a spreadsheet", ".xlsx .xls .ods", b"", _save('pandas.read_excel("FILE").to_numpy()')),
    ("a table of text", ".csv .tsv", b"",
     _save('numpy.loadtxt("FILE", delimiter=",")') + "; skiprows=1 skips a row of names"),
))
"""The formats, in the order in which their signatures and extensions are tested."""

UNSUPPORTED_ZIP_MEMBERS = {
    "zarr.json": ZIPPED_ZARR,
    ".zarray": ZIPPED_ZARR,
    ".zgroup": ZIPPED_ZARR,
    "data.pkl": PYTORCH,
    "[Content_Types].xml": UnsupportedFormat(
        "an Office document", "", b"", "export its images first, or its numbers as CSV"),
    "model.weights.h5": UnsupportedFormat(
        "a Keras model", "", b"",
        _save('h5py.File("model.weights.h5")["NAME"][()]') + " after unzipping it"),
}
"""Formats that are ZIP archives, by the name of a member that they contain."""
# fmt: on


def find_by_content(head: bytes, name: str = "") -> UnsupportedFormat | None:
    """Return the unsupported format of a file, by its content; None if no signature matches.

    Parameters
    ----------
    head : bytes
        The first `IDENTIFYING_BYTES` of the file, or fewer.
    name : str
        The name of the file. It shows what a compressed file contains.

    Examples
    --------
    >>> find_by_content(b"%!PS-Adobe-3.0").name
    'a PostScript program (EPS, PS), which is not run'
    >>> find_by_content(bytes([0x1F, 0x8B, 8]), "brain.nii.gz").name
    'a NIfTI volume'
    >>> find_by_content(b"GIF89a")
    """
    for unsupported in UNSUPPORTED_FORMATS:
        if unsupported.signature and re.match(unsupported.signature, head, re.DOTALL):
            return (unsupported == COMPRESSED and find_by_name(name)) or unsupported
    return None


def find_by_name(name: str) -> UnsupportedFormat | None:
    """Return the unsupported format of a file, by its extension; None if it is not in the table.

    Examples
    --------
    >>> find_by_name("brain.nii.gz").name, find_by_name("x.png")
    ('a NIfTI volume', None)
    """
    name = name.lower()
    compressions = COMPRESSED.extensions.split()
    uncompressed = name.removesuffix(next(filter(name.endswith, compressions), ""))
    for each in (uncompressed, name):
        for unsupported in UNSUPPORTED_FORMATS:
            if each.endswith(tuple(unsupported.extensions.split())):
                return unsupported
    return None


def is_text(head: bytes) -> bool:
    """Return whether the beginning of a file is printable UTF-8 text.

    Examples
    --------
    >>> is_text(b"1, 2, 3"), is_text(bytes(2))
    (True, False)
    """
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # not a character that is cut off at the end
            return False
        text = head[: error.start].decode()
    return bool(text) and all(each.isprintable() or each in "\t\n\r\f\ufeff" for each in text)
