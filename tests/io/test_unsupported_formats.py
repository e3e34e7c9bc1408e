"""Well-known formats that are not read: the error says how to convert them; no program runs."""

from __future__ import annotations

import gzip
import io
import pickle
import struct
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import EpsImagePlugin, Image, WmfImagePlugin

from poolcli.io.formats import READABLE_FORMATS
from poolcli.io.images.plugins.plugins_installed import PLUGINS
from poolcli.io.unsupported_formats import UNSUPPORTED_FORMATS, find_by_content
from tests.conftest import Poolcli, Shell
from tests.io.image_plugins import has_encoder
from tests.io.test_damaged_files import INTACT, intact_file

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n{} loop\n"
DOS_EPS = struct.pack("<IIIIIIIH", 0xC6D3D0C5, 30, len(EPS), 0, 0, 0, 0, 0xFFFF) + EPS
WMF = b"\xd7\xcd\xc6\x9a\0\0" + struct.pack("<4hHIH", 0, 0, 99, 99, 72, 0, 0) + bytes(40)
EMF = b"\1\0\0\0" + bytes(36) + b" EMF" + bytes(60)
PROGRAMS = {
    "a.eps": EPS,
    "b.png": EPS,
    "c": DOS_EPS,
    "d.ps": b"\4%!\n{} loop\n",
    "e.prn": b"\x1b%-12345X@PJL ENTER LANGUAGE = POSTSCRIPT\n%!PS\n",
    "bom.png": b"\xef\xbb\xbf" + EPS,
    "font.jpg": b"%!FontType1-1.0: Courier\n",
    "long.prn": b"\x1b%-12345X" + b"@PJL COMMENT\r\n" * 99 + EPS,
    "f.wmf": WMF,
    "g.wmf": b"\1\0\x09\0\0\3" + bytes(60),
    "h.emf": EMF,
}


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if Pillow runs a program or any process is started."""

    def fail(*args: Any, **more: Any) -> Any:
        raise AssertionError("a program is run")

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", fail)
    monkeypatch.setattr(EpsImagePlugin.EpsImageFile, "_open", fail)
    monkeypatch.setattr(WmfImagePlugin.WmfStubImageFile, "_open", fail)
    monkeypatch.setattr(subprocess, "Popen", fail)


@pytest.mark.usefixtures("no_programs")
@pytest.mark.parametrize("command", ["max", "info", "compare", "explain max"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_not_run_and_the_error_says_how_to_convert(
    poolcli: Poolcli, name: str, command: str
) -> None:
    Path(name).write_bytes(PROGRAMS[name])
    ran = poolcli(*command.split(), name)
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "not run" in ran.err
    assert "convert it first" in ran.err


@pytest.mark.usefixtures("no_programs")
def test_a_program_inside_an_iptc_file_is_not_run(poolcli: Poolcli) -> None:
    def field(record: int, number: int, data: bytes) -> bytes:
        return bytes([0x1C, record, number]) + len(data).to_bytes(2, "big") + data

    iptc = field(3, 60, b"\1\0") + field(3, 20, b"\0\x09") + field(3, 30, b"\0\x09")
    iptc += field(3, 120, b"\0\5") + field(8, 10, EPS)
    for name in ("x.iim", "x.png"):
        Path(name).write_bytes(iptc)
        ran = poolcli("max", name)
        assert (ran.code, ran.err.count("\n")) == (1, 1)


def test_all_formats_of_pillow_are_either_read_or_excluded() -> None:
    Image.init()
    excluded = {"EPS", "WMF", "IPTC", "BUFR", "GRIB", "HDF5", "MPEG", "FPX", "MIC", *PLUGINS}
    assert set(Image.OPEN) - excluded == set(READABLE_FORMATS)


def test_programs_in_a_folder_are_ignored(poolcli: Poolcli) -> None:
    Path("in").mkdir()
    Path("in/a.eps").write_bytes(EPS)
    Path("in/b.wmf").write_bytes(WMF)
    Image.new("L", (4, 4)).save("in/c.png")
    ran = poolcli("max", "in", "-o", "out/", "--json")
    assert [record["input"] for record in ran.records] == ["in/c.png"]
    Path("in/d.png").write_bytes(EPS)
    ran = poolcli("max", "in", "-o", "out2/", "--json", "-j", 2)
    failed = [record for record in ran.records if record["status"] == "failed"]
    assert [record["input"] for record in failed] == ["in/d.png"]
    assert "not run" in failed[0]["error"]["message"]


def test_a_program_in_a_pipe_is_not_run(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "x.eps").write_bytes(EPS)
    ran = shell("cat x.eps | poolcli max -")
    assert (ran.returncode, ran.stdout) == (1, b"")
    assert b"a PostScript program" in ran.stderr


def zip_archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return file.getvalue()


FILES: dict[str, tuple[bytes, str]] = {
    "a.pt": (zip_archive("model/data.pkl", "model/version"), "a PyTorch checkpoint"),
    "cut.pt": (zip_archive("model/data.pkl", "model/version")[:60], "a PyTorch checkpoint"),
    "old.pth": (pickle.dumps(0x1950A86A20F9469CFC6C, 2), "a PyTorch checkpoint"),
    "a.pkl": (pickle.dumps([1, 2]), "pickled Python objects"),
    "old.pkl": (pickle.dumps({"a": 1}, 2), "pickled Python objects"),
    "a.h5": (b"\x89HDF\r\n\x1a\n" + bytes(99), "h5py.File"),
    "a.mat": (b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(99), "scipy.io.loadmat"),
    "v4.mat": (struct.pack("<5I", 10, 6, 8, 0, 5) + b"NAME\0" + bytes(192), "scipy.io.loadmat"),
    "v7.3.mat": (
        b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + b"\x89HDF\r\n\x1a\n" + bytes(99),
        'h5py.File("FILE")["NAME"][()].T',
    ),
    "a.nc": (b"CDF\1" + bytes(40), "a netCDF file"),
    "a.grib": (b"GRIB" + bytes(40), "gdal_translate"),
    "a.nii": (struct.pack("<i", 348) + bytes(340) + b"n+1\0" + bytes(9), "nibabel"),
    "a.nii.gz": (gzip.compress(bytes(99)), "nibabel"),
    "a.npy.gz": (gzip.compress(bytes(99)), "a compressed file"),
    "a.dcm": (bytes(128) + b"DICM" + bytes(99), "pydicom"),
    "a.parquet": (b"PAR1" + bytes(99), "pandas.read_parquet"),
    "a.feather": (b"ARROW1\0\0" + bytes(99), "pandas.read_feather"),
    "a.gpkg": (b"SQLite format 3\0" + bytes(99), "gdal_translate"),
    "a.onnx": (b"\x08\x07\x12\x07pytorch" + bytes(range(99)), "onnx.numpy_helper"),
    "train-images-idx3-ubyte": (b"\0\0\x08\x03" + bytes(99), "an IDX file"),
    "a.jxr": (b"II\xbc\x01" + bytes(99), "imagecodecs.imread"),
    "a.tfrecord": (bytes(range(99)), "TFRecordDataset"),
    "a.exr": (b"\x76\x2f\x31\x01\2\0\0\0" + bytes(99), "an OpenEXR image"),
    "a.svg": (b'<?xml version="1.0"?>\n<svg width="4">', "rsvg-convert"),
    "a.pdf": (b"%PDF-1.4\n", "pdftoppm"),
    "a.mp4": (b"\0\0\0\x20ftypisom" + bytes(99), "ffmpeg"),
    "a.avi": (b"RIFF\0\0\0\0AVI LIST" + bytes(99), "ffmpeg"),
    "a.xz": (b"\xfd7zXZ\0" + bytes(99), "unxz"),
    "a.tar": (bytes(257) + b"ustar\0" + bytes(99), "tar -xf"),
    "a.zip": (zip_archive("a.txt"), "a ZIP archive, but not an .npz"),
    "a.xlsx": (zip_archive("[Content_Types].xml"), "an Office document"),
    "a.csv": (b"1,2,3\n4,5,6\n", "numpy.loadtxt"),
    "a.json": (b'{"a": 1}\n', "a text file"),
    "notes": (b"plain advice\n", "a text file"),
    "page.jpg": (b"<!DOCTYPE html><html>", "a web page"),
    "lfs.npy": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "a.raw": (bytes(range(256)), "numpy.fromfile"),
    "user_block.h5py": (bytes(1024) + b"\x89HDF\r\n\x1a\n" + bytes(99), "h5py.File"),
    "a.mha": (b"ObjectType = Image\nNDims = 2\n", "SimpleITK"),
    "a.mrc": (bytes(208) + b"MAP " + bytes(812), "mrcfile"),
    "a.czi": (b"ZISRAWFILE" + bytes(99), "bfconvert"),
    "a.nef": (b"MM\0*\0\0\0\x08" + bytes(99), "rawpy"),
    "b.dng": (b"II*\0\x08\0\0\0" + bytes(99), "rawpy"),
    "drawing": (b"<svg/>", "rsvg-convert"),
    "a.xcf": (b"gimp xcf v011\0" + bytes(99), "GIMP"),
    "a.djvu": (b"AT&TFORM" + bytes(99), "ddjvu"),
    "a.mp3": (b"ID3\4" + bytes(99), "an audio file"),
    "stream": ((b"G" + bytes(187)) * 3, "a video"),
    "denied.jpg": (b"404 page not found\n", "a text file"),
    "denied.png": (b'{"message": "Bad credentials"}\n', "a text file"),
}


@pytest.mark.parametrize("name", FILES)
def test_each_unsupported_format_has_advice(poolcli: Poolcli, name: str) -> None:
    data, advice = FILES[name]
    Path(name).write_bytes(data)
    for command in ("max", "info"):
        ran = poolcli(command, name)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert advice in ran.err
        assert "damaged" not in ran.err


@pytest.mark.filterwarnings("ignore:IM image format is deprecated")
def test_images_match_no_signature() -> None:
    for name, mode in INTACT:
        if not has_encoder(name):
            continue
        assert find_by_content(intact_file(name, mode)) is None, name


def test_elements_that_look_like_a_signature_do_not_matter(poolcli: Poolcli) -> None:
    array = np.zeros((64, 64), np.uint8)
    array.reshape(-1)[257 - 128 : 262 - 128] = bytearray(b"ustar")  # a header has 128 bytes
    np.save("a.npy", array)
    assert poolcli("max", "a.npy", "--quiet").code == 0


def test_signatures_are_matched_quickly_on_hostile_files() -> None:
    for data in (b"<?xml", b"<!--", b"\x1b%-12345X", b"\4", b" "):
        find_by_content((data * 4096)[:4096])


def test_each_extension_is_listed_once() -> None:
    extensions = " ".join(each.extensions for each in UNSUPPORTED_FORMATS).split()
    assert len(extensions) == len(set(extensions))


@pytest.mark.parametrize("metadata", ["zarr.json", ".zarray", ".zgroup"])
def test_a_zipped_zarr_store_has_advice(poolcli: Poolcli, metadata: str) -> None:
    with zipfile.ZipFile("x.zarr.zip", "w") as archive:
        archive.writestr(metadata, "{}")
    ran = poolcli("max", "x.zarr.zip")
    assert ran.code == 1
    assert "a zipped Zarr store; name it as a URL: zip://::FILE" in ran.err
