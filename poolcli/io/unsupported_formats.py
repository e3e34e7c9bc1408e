"""Well-known kinds of file that are not read: their signatures, and how to convert each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

IDENTIFYING_BYTES = 4096
"""So much of a file's beginning is searched for a signature."""

BINARY = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff", ".npy", ".npz",
)  # fmt: skip
"""Extensions of common kinds that are never text; a failed download may be named so."""

COMPRESSED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".lz4")


class UnsupportedKind(NamedTuple):
    """A kind of file that is not read.

    Attributes
    ----------
    name : str
        What the file is.
    advice : str
        How to get an image or an array out of it.
    signature : bytes
        A regular expression for the first bytes; empty for a kind without a signature.
    extensions : tuple of str
        Its usual extensions, used where the content says nothing.
    """

    name: str
    advice: str
    signature: bytes = b""
    extensions: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The error for a file of this kind."""
        return f"{self.name}; {self.advice}"


def _saving(expression: str) -> str:
    """The advice for what a Python package reads."""
    return f'in Python, numpy.save("x.npy", {expression}) makes a file to pool'


PYTORCH = UnsupportedKind(
    "a PyTorch checkpoint, which holds pickled Python objects and is never loaded",
    "where it comes from, save a tensor with numpy.save(FILE, tensor.numpy(force=True))",
    rb"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19|PK\x03\x04.{26}[^\0/]*/data\.pkl",
    (".pt", ".pth", ".ckpt"),
)
COMPRESSED = UnsupportedKind(
    "a compressed file (gzip, bzip2, xz, Zstandard or LZ4)",
    "decompress it first: gunzip, bunzip2, unxz, unzstd or unlz4",
    rb"\x1f\x8b\x08|BZh[1-9](?:1AY|\x17rE)|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18",
    COMPRESSED_SUFFIXES,
)
ZIP = UnsupportedKind(
    "a ZIP archive, but not an .npz", "unpack it first: unzip FILE", b"", (".zip",)
)

KINDS = (
    # Programs, which could do anything.
    UnsupportedKind(
        "a PostScript program (EPS, PS), which is not run",
        "convert it first: gs -dSAFER -sDEVICE=png16m -r300 -o OUT.png FILE",
        rb"\xc5\xd0\xd3\xc6|\x1b%-12345X.{0,4000}?%!|(?:\xef\xbb\xbf)?[\x04\s]*%!",
        (".eps", ".ps", ".epsf", ".epsi"),
    ),
    UnsupportedKind(
        "a Windows metafile (WMF, EMF), whose drawing commands are not run",
        "convert it first: libreoffice --headless --convert-to png FILE",
        rb"\xd7\xcd\xc6\x9a|[\x01\x02]\0\x09\0\0[\x01\x03]|\x01\0\0\0.{36} EMF",
        (".wmf", ".emf"),
    ),
    UnsupportedKind(
        "an SVG drawing",
        "convert it first: rsvg-convert -o OUT.png FILE",
        rb"(?:\xef\xbb\xbf)?\s*<(?:(?:\?xml|!--|!DOCTYPE svg).{0,4000}?<)?svg[\s/>]",
        (".svg",),
    ),
    UnsupportedKind(
        "a PDF document", "convert it first: pdftoppm -r 300 -png FILE OUT", rb"\s*%PDF-", (".pdf",)
    ),
    # Tensors and scientific arrays.
    PYTORCH,
    UnsupportedKind(
        "pickled Python objects, which are never loaded",
        "where it comes from, save the array with numpy.save",
        rb"\x80[\x02-\x05][\x95}\]\(c\x8a-\x8dqX)KGU]",
        (".pkl", ".pickle", ".joblib"),
    ),
    UnsupportedKind(
        "a safetensors file",
        _saving('safetensors.numpy.load_file("FILE")["NAME"]'),
        rb'.{5}\0\0\0\{\s*["}]',
        (".safetensors",),
    ),
    UnsupportedKind(
        "an HDF5 file",
        _saving('h5py.File("FILE")["NAME"][()]'),
        rb"(?:.{512}|.{1024}|.{2048})?\x89HDF\r\n\x1a\n|MATLAB 7\.3 MAT-file",
        (".h5", ".hdf5", ".he5"),
    ),
    UnsupportedKind("a Keras model", "read it with keras.saving.load_model", b"", (".keras",)),
    UnsupportedKind(
        "a MATLAB file",
        _saving('scipy.io.loadmat("FILE")["NAME"]'),
        rb"MATLAB 5\.0 MAT-file",
        (".mat",),
    ),
    UnsupportedKind(
        "a netCDF file",
        _saving('xarray.open_dataset("FILE")["NAME"].values'),
        rb"CDF[\x01\x02\x05]",
        (".nc", ".cdf"),
    ),
    UnsupportedKind(
        "a file of GRIB, BUFR or HDF4 data",
        "convert it first: gdal_translate FILE OUT.tif",
        rb"GRIB|BUFR|\x0e\x03\x13\x01",
        (".grib", ".grb", ".grib2", ".grb2", ".bufr", ".hdf"),
    ),
    UnsupportedKind(
        "a NIfTI volume",
        _saving('nibabel.load("FILE").get_fdata()'),
        rb"(?:\x5c\x01\0\0|\0\0\x01\x5c).{340}n[i+]1\0|(?:\x1c\x02\0\0|\0\0\x02\x1c)n[i+]2\0",
        (".nii",),
    ),
    UnsupportedKind(
        "a DICOM file", _saving('pydicom.dcmread("FILE").pixel_array'), rb".{128}DICM", (".dcm",)
    ),
    UnsupportedKind(
        "a MetaImage volume",
        _saving('SimpleITK.GetArrayFromImage(SimpleITK.ReadImage("FILE"))'),
        rb"(?:Comment = [^\n]*\n)?(?:ObjectType|NDims) *= ",
        (".mha", ".mhd"),
    ),
    UnsupportedKind(
        "an MRC volume", _saving('mrcfile.read("FILE")'), rb".{208}MAP[ \0]", (".mrc",)
    ),
    UnsupportedKind(
        "a microscope's file (CZI, LIF or ND2)",
        "convert it first: bfconvert FILE OUT.ome.tif",
        rb"ZISRAWFILE|\x70\0{3}.{4}\x2a|\xda\xce\xbe\x0a",
        (".czi", ".lif", ".nd2"),
    ),
    UnsupportedKind("an NRRD volume", _saving('nrrd.read("FILE")[0]'), rb"NRRD00", (".nrrd",)),
    UnsupportedKind(
        "a Parquet table",
        _saving('pandas.read_parquet("FILE").to_numpy()'),
        rb"PAR1",
        (".parquet",),
    ),
    UnsupportedKind(
        "an Arrow table",
        _saving('pandas.read_feather("FILE").to_numpy()'),
        rb"ARROW1|FEA1",
        (".feather", ".arrow"),
    ),
    UnsupportedKind(
        "an SQLite database (as GeoPackage is)",
        "of a GeoPackage, gdal_translate FILE OUT.tif makes a picture",
        rb"SQLite format 3\0",
        (".gpkg", ".sqlite", ".db"),
    ),
    UnsupportedKind(
        "a neural network's model",
        "export the weights to pool with numpy.save",
        rb"GGUF|.{4}TFL3",
        (".onnx", ".pb", ".tflite", ".gguf"),
    ),
    UnsupportedKind(
        "a file of TFRecords",
        "read it with tensorflow.data.TFRecordDataset, and save arrays with numpy.save",
        b"",
        (".tfrecord", ".tfrecords"),
    ),
    UnsupportedKind(
        "numbers without a header",
        _saving('numpy.fromfile("FILE", DTYPE).reshape(SHAPE)'),
        b"",
        (".raw", ".bin", ".dat"),
    ),
    # Other pictures.
    UnsupportedKind(
        "a HEIF picture (HEIC)",
        "convert it first: heif-convert FILE OUT.png",
        rb".{4}ftyp(?:hei[cmsx]|hev[cmsx]|m[is]f1(?!.{0,64}avi[fs]))",
        (".heic", ".heif", ".hif"),
    ),
    UnsupportedKind(
        "a JPEG XL picture",
        "convert it first: djxl FILE OUT.png",
        rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n",
        (".jxl",),
    ),
    UnsupportedKind(
        "an OpenEXR picture",
        _saving('OpenEXR.File("FILE").channels()["RGB"].pixels'),
        rb"\x76\x2f\x31\x01",
        (".exr",),
    ),
    UnsupportedKind(
        "a Radiance HDR picture",
        _saving('cv2.imread("FILE", cv2.IMREAD_UNCHANGED)'),
        rb"#\?RADIANCE|#\?RGBE",
    ),
    UnsupportedKind(
        "a camera's raw picture",
        _saving('rawpy.imread("FILE").postprocess()'),
        rb".{4}ftypcrx |FUJIFILMCCD-RAW|IIU\0|IIR[OS]|MMOR|FOVb",
        (
            *(".cr2", ".cr3", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".dng", ".raf", ".rw2"),
            *(".orf", ".pef", ".srw", ".x3f", ".3fr", ".erf", ".mrw", ".mos", ".kdc", ".dcr"),
        ),
    ),
    UnsupportedKind(
        "an IPTC record", "extract the picture in it first: exiftool does", b"", (".iim",)
    ),
    UnsupportedKind("a GIMP picture (XCF)", "export it from GIMP as PNG", rb"gimp xcf ", (".xcf",)),
    UnsupportedKind(
        "a DjVu document",
        "convert it first: ddjvu -format=tiff FILE OUT.tif",
        rb"AT&TFORM",
        (".djvu", ".djv"),
    ),
    # Video and audio.
    UnsupportedKind(
        "a video",
        "extract its frames first: ffmpeg -i FILE %05d.png",
        rb".{4}ftyp(?!avi[fs]|m[is]f1|crx |jp[2xm] )|.{4}(?:moov|mdat)|RIFF.{4}AVI |"
        rb"\x1aE\xdf\xa3|\0\0\x01[\xb3\xba]|FLV\x01|OggS|"
        rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11|G(?!IF8).{187}G.{187}G",
        (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv"),
    ),
    UnsupportedKind(
        "an audio file", _saving('scipy.io.wavfile.read("FILE")[1]'), rb"RIFF.{4}WAVE", (".wav",)
    ),
    UnsupportedKind(
        "an audio file",
        "convert it first: ffmpeg -i FILE OUT.wav",
        rb"ID3[\x02-\x04]|\xff[\xfb\xf3\xf2]|fLaC",
        (".mp3", ".flac", ".m4a", ".aac"),
    ),
    # Compressed files and archives.
    COMPRESSED,
    UnsupportedKind(
        "an archive (tar, 7z or RAR)",
        "unpack it first: tar -xf FILE, or 7z x FILE",
        rb".{257}ustar|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07",
        (".tar", ".tgz", ".tbz", ".txz", ".7z", ".rar"),
    ),
    ZIP,
    # Text.
    UnsupportedKind(
        "a pointer of Git LFS, not the file itself",
        "fetch that first: git lfs pull",
        rb"version https://git-lfs",
    ),
    UnsupportedKind(
        "a web page",
        "see whether the download gave an error page in place of the file",
        rb"(?i:(?:\xef\xbb\xbf)?\s*(?:<!doctype html|<html))",
        (".html", ".htm"),
    ),
    UnsupportedKind(
        "a spreadsheet",
        _saving('pandas.read_excel("FILE").to_numpy()'),
        b"",
        (".xlsx", ".xls", ".ods"),
    ),
    UnsupportedKind(
        "a table of text",
        _saving('numpy.loadtxt("FILE", delimiter=",")'),
        b"",
        (".csv", ".tsv"),
    ),
)
"""All kinds, in the order in which they are tried."""

TEXT = UnsupportedKind("a text file", _saving('numpy.loadtxt("FILE")'))

ZIPPED = {
    "data.pkl": PYTORCH,
    "[Content_Types].xml": UnsupportedKind("an Office document", "export its pictures first"),
    "model.weights.h5": UnsupportedKind(
        "a Keras model",
        _saving('h5py.File("model.weights.h5")["NAME"][()]') + " once it is unzipped",
    ),
}
"""Kinds whose files are ZIP archives, by the name of a member."""

ZARR = UnsupportedKind(
    "a Zarr store, which this version does not read", _saving('zarr.open("FILE")["NAME"][:]')
)

ZARR_METADATA = ("zarr.json", ".zarray", ".zgroup")
"""Files that make a folder a Zarr store."""


def kind_by_content(head: bytes, name: str = "") -> UnsupportedKind | None:
    """The unsupported kind that a file's first `IDENTIFYING_BYTES` show; None otherwise.

    Of a compressed file the name says what is in it.

    Examples
    --------
    >>> kind_by_content(b"%!PS-Adobe-3.0").name
    'a PostScript program (EPS, PS), which is not run'
    >>> kind_by_content(bytes([0x1F, 0x8B, 8]), "brain.nii.gz").name
    'a NIfTI volume'
    >>> kind_by_content(b"GIF89a")
    """
    for kind in KINDS:
        if kind.signature and re.match(kind.signature, head, re.DOTALL):
            return kind_by_name(name) or kind if kind is COMPRESSED else kind
    return None


def kind_by_name(name: str) -> UnsupportedKind | None:
    """The unsupported kind that a file's extension stands for; None otherwise.

    Examples
    --------
    >>> kind_by_name("brain.nii.gz").name, kind_by_name("x.png")
    ('a NIfTI volume', None)
    """
    name = name.lower()
    stem = name.removesuffix(next(filter(name.endswith, COMPRESSED_SUFFIXES), ""))
    for each in (stem, name):
        for kind in KINDS:
            if each.endswith(kind.extensions):
                return kind
    return None


def is_zarr_store(folder: str) -> bool:
    """True if a folder is a Zarr store, of version 2 or 3."""
    return any(Path(folder, name).is_file() for name in ZARR_METADATA)


def is_text(head: bytes) -> bool:
    """True if the beginning of a file is printable text.

    Examples
    --------
    >>> is_text(b"1, 2, 3"), is_text(bytes(2))
    (True, False)
    """
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # else a character that is cut off
            return False
        text = head[: error.start].decode()
    return bool(text) and all(each.isprintable() or each in "\t\n\r\f\ufeff" for each in text)
