"""The folders and names of outputs."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poolcli.batch.write_permit import PathStatus, UnregisteredPathError, WritePermit
from tests.conftest import Poolcli, Shell, linux_only, unprivileged
from tests.io.image_files import psd


@pytest.fixture(autouse=True)
def _inputs(poolcli: Poolcli, tmp_path: Path) -> None:
    np.save("x.npy", np.zeros((9, 9), np.uint8))
    Image.new("RGB", (8, 8), "red").save(tmp_path / "img.png")
    (tmp_path / "photos" / "deep").mkdir(parents=True)
    for name in ("b.png", "a.png", "deep/c.png", ".hidden.png"):
        Image.new("L", (8, 8)).save(tmp_path / "photos" / name)
    (tmp_path / "photos" / "notes.txt").write_text("P5 is a text")


def tree(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("max x.npy", "x.max-k2-s2.npy"),
        ("max x.npy --k 2 --s 2", "x.max-k2-s2.npy"),
        ("max x.npy --k 3", "x.max-k3-s3.npy"),
        ("max x.npy --k 3x2 --s 1", "x.max-k3x2-s1.npy"),
        ("max x.npy --k 3,2", "x.max-k3x2-s3x2.npy"),
        ("max x.npy --k 2 --p 0 --d 1 --floor", "x.max-k2-s2.npy"),
        ("max x.npy --k 2 --p valid", "x.max-k2-s2.npy"),
        ("max x.npy --k 2 --p 1x0", "x.max-k2-s2-p1x0.npy"),
        ("max x.npy --k 3 --p 1:2x0:1", "x.max-k3-s3-p1_2x0_1.npy"),
        ("max x.npy --k 2 --p same --d 2 --ceil", "x.max-k2-s2-psame-d2-ceil.npy"),
        ("max x.npy --k 2 --p same-lower", "x.max-k2-s2-psame-lower.npy"),
        ("avg x.npy --k 2 --p 1 --count-include-pad", "x.avg-k2-s2-p1.npy"),
        ("avg x.npy --k 2 --p 1 --exclude-pad", "x.avg-k2-s2-p1-excl.npy"),
        ("avg x.npy --k 2 --p same --count-include-pad", "x.avg-k2-s2-psame-incl.npy"),
        ("avg x.npy --k 2 --p same --exclude-pad", "x.avg-k2-s2-psame.npy"),
        ("avg x.npy --divisor 4", "x.avg-k2-s2-div4.npy"),
        ("avg x.npy --ignore 0", "x.avg-k2-s2-ign0.npy"),
        ("avg x.npy --ignore -9999", "x.avg-k2-s2-ign-9999.npy"),
        ("avg x.npy --ignore NaN", "x.avg-k2-s2-ignnan.npy"),
        ("avg x.npy --dtype uint8", "x.avg-k2-s2-uint8.npy"),
        ("avg x.npy --global", "x.avg-global.npy"),
        ("avg x.npy --adaptive 7x7", "x.avg-out7x7.npy"),
        ("avg x.npy --adaptive 7x_", "x.avg-out7x_.npy"),
        ("pool --mode max x.npy", "x.max-k2-s2.npy"),
        ("avg img.png --straight-alpha", "img.avg-k2-s2-straight.png"),
        ("max img.png --format jpg", "img.max-k2-s2.jpg"),
        ("max img.png --format NPY", "img.max-k2-s2.npy"),
        ("max img.png -o small.webp", "small.webp"),
        ("max img.png -o small", "small"),
        ("max img.png -o new/", "new/img.png"),
        ("max img.png -o photos", "photos/img.png"),
        ("max img.png -o new/ --format tif", "new/img.tif"),
        ("max img.png -o odd.png --format jpg", "odd.png"),
        ("max ./img.png", "img.max-k2-s2.png"),
        ("max photos/a.png", "photos/a.max-k2-s2.png"),
    ],
)
def test_output_names(poolcli: Poolcli, tmp_path: Path, line: str, name: str) -> None:
    ran = poolcli(*line.split(), "--json")
    assert ran.code == 0
    assert ran.record["output"] == name
    assert (tmp_path / name).is_file()


@pytest.mark.parametrize(
    ("name", "flags", "output"),
    [
        ("plain", "", "plain.max-k2-s2.png"),
        (".hid", "", ".hid.max-k2-s2.png"),
        ("scan.0000", "", "scan.0000.max-k2-s2.png"),
        ("scan.0000", "-o out/", "out/scan.0000.png"),
        ("plain", "--format webp", "plain.max-k2-s2.webp"),
        ("scan.0000", "--format webp -o out/", "out/scan.0000.webp"),
        ("plain", "--levels 1", "plain.max-k2-s2.L1.png"),
        ("v1.2/plain", "", "v1.2/plain.max-k2-s2.png"),
    ],
)
def test_names_without_an_extension(
    poolcli: Poolcli, tmp_path: Path, name: str, flags: str, output: str
) -> None:
    (tmp_path / "v1.2").mkdir()
    (tmp_path / "img.png").rename(tmp_path / name)
    assert poolcli("max", name, *flags.split(), "--json").record["output"] == output
    assert (tmp_path / output).is_file()


def test_format_without_its_own_extension(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.new("F", (8, 8), 2.5).save(tmp_path / "s.spider", "SPIDER")
    assert poolcli("max", "s.spider", "--json").record["output"] == "s.max-k2-s2.spider"


@pytest.mark.parametrize("name", ["photos", "photos/", "photos//", "photos/.", "./photos/./"])
def test_folder_names(poolcli: Poolcli, tmp_path: Path, name: str) -> None:
    assert poolcli("max", name).code == 0
    assert tree(tmp_path / "photos.max-k2-s2") == ["a.png", "b.png"]


@pytest.mark.parametrize("name", [".", "deep/.."])
def test_current_folder_as_input(
    poolcli: Poolcli, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "photos")
    assert poolcli("max", name).code == 0
    assert tree(tmp_path / "photos.max-k2-s2") == ["a.png", "b.png"]


def test_content_of_files_with_odd_names(poolcli: Poolcli) -> None:
    poolcli("max", "img.png", "-o", "odd.png", "--format", "jpg")
    poolcli("max", "img.png", "-o", "none")
    with Image.open("odd.png") as image:
        assert image.format == "JPEG"
    with Image.open("none") as image:
        assert image.format == "PNG"


def test_output_folder_beside_the_input_folder(poolcli: Poolcli, tmp_path: Path) -> None:
    assert poolcli("max", "photos/").code == 0
    assert tree(tmp_path / "photos.max-k2-s2") == ["a.png", "b.png"]


def test_output_folder_keeps_the_tree(poolcli: Poolcli, tmp_path: Path) -> None:
    ran = poolcli("max", "photos", "img.png", "-r", "-o", "out", "--json")
    assert ran.code == 0
    assert tree(tmp_path / "out") == ["a.png", "b.png", "deep/c.png", "img.png"]
    assert sorted(r["input"] for r in ran.records) == [
        "img.png",
        "photos/a.png",
        "photos/b.png",
        "photos/deep/c.png",
    ]


def test_the_output_folder_is_no_input(poolcli: Poolcli, tmp_path: Path) -> None:
    for _ in range(2):
        assert poolcli("max", ".", "-r", "-o", "./out", "--overwrite").code == 0
    assert not (tmp_path / "out" / "out").exists()


def test_include_and_exclude_globs(poolcli: Poolcli, tmp_path: Path) -> None:
    line = ("max", "photos", "-r", "--include", "*.png", "--exclude", "deep/*", "--exclude", "b*")
    assert poolcli(*line, "-o", "out/").code == 0
    assert tree(tmp_path / "out") == ["a.png"]


def test_linked_output_folder_is_no_input(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "photos" / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "photos" / "out")
    for _ in range(2):
        assert poolcli("max", "photos", "-r", "-o", "link", "--overwrite").code == 0
    assert tree(tmp_path / "photos" / "out") == ["a.png", "b.png", "deep/c.png"]


def test_broken_file_in_a_folder_fails_alone(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "photos" / "loop").symlink_to("loop")
    (tmp_path / "photos" / "gone.png").symlink_to("nothing")
    (tmp_path / "photos" / "gone.txt").symlink_to("nothing")
    ran = poolcli("max", "photos", "-o", "out/", "--json")
    assert ran.code == 1
    assert sorted((r["input"], r["status"]) for r in ran.records) == [
        ("photos/a.png", "ok"),
        ("photos/b.png", "ok"),
        ("photos/gone.png", "failed"),
        ("photos/loop", "failed"),
    ]
    others, gone, loop = sorted(ran.err.splitlines())
    assert others == "poolcli: 1 file of another type left out"
    assert gone.startswith("poolcli: photos/gone.png: there is no such file")
    assert loop.startswith("poolcli: photos/loop: cannot be opened: Too many levels of symbolic")
    assert poolcli("max", "photos", "--exclude", "loop", "--exclude", "gone*").code == 0


@unprivileged
def test_unreadable_folder_fails_alone(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "photos" / "deep").chmod(0)
    done = shell("poolcli max photos -r -o out/", privileged=False)
    assert done.returncode == 1
    assert done.stderr == b"poolcli: photos/deep: the folder cannot be read: Permission denied\n"
    assert tree(tmp_path / "out") == ["a.png", "b.png"]


def test_special_files_in_a_folder_are_left_out(poolcli: Poolcli, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "photos" / "never.png")
    (tmp_path / "photos" / "zero.png").symlink_to("/dev/zero")
    assert poolcli("max", "photos", "-o", "out/").code == 0
    assert tree(tmp_path / "out") == ["a.png", "b.png"]


def test_links_to_folders_are_not_followed(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "photos" / "loop").symlink_to(tmp_path / "photos")
    assert poolcli("max", "photos", "-r", "-o", "out/").code == 0
    assert tree(tmp_path / "out") == ["a.png", "b.png", "deep/c.png"]


def test_images_without_an_extension_are_found(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "photos" / "a.png").rename(tmp_path / "photos" / "deadbeef")
    ran = poolcli("max", "photos", "-o", "out/", "--json")
    assert {r["output"] for r in ran.records} == {"out/b.png", "out/deadbeef.png"}


@pytest.mark.parametrize(
    "name",
    ["PNG", "JPEG", "GIF", "TIFF", "BMP", "PPM", "WEBP", "AVIF", "JPEG2000", "QOI", "NPY", "NPZ"],
)
def test_common_formats_under_any_name(poolcli: Poolcli, tmp_path: Path, name: str) -> None:
    (tmp_path / "some").mkdir()
    with (tmp_path / "some" / "what.ever").open("wb") as file:
        if name in ("NPY", "NPZ"):
            save = np.save if name == "NPY" else np.savez
            save(file, np.zeros((8, 8)))
        else:
            Image.new("RGB", (8, 8)).save(file, name)
    assert poolcli("max", "some", "-o", "out/").code == 0


def test_portable_map_with_comments_is_found(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    data = b"P5\n# a comment that is long\n# and another\n2 2\n255\n" + bytes(4)
    (tmp_path / "some" / "map").write_bytes(data)
    assert poolcli("max", "some", "-o", "out/").code == 0


def test_wrong_extension_is_corrected(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "img.png").rename(tmp_path / "img.jpg")
    ran = poolcli("max", "img.jpg", "--json")
    assert ran.record["output"] == "img.max-k2-s2.png"
    assert ran.record["notes"] == ["named .png, because its format is PNG"]
    ran = poolcli("max", "img.jpg", "-o", "out.jpg", "--json")
    assert ran.record["notes"] == []
    with Image.open("out.jpg") as image:
        assert image.format == "JPEG"


def test_corrected_name_of_another_output_is_refused(poolcli: Poolcli, tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "blue").save(file, "PNG")
    (tmp_path / "img.jpg").write_bytes(file.getvalue())
    ran = poolcli("max", "img.jpg", "img.png", "--json", "--overwrite")
    assert ran.code == 1
    assert {r["input"]: r["status"] for r in ran.records} == {"img.jpg": "failed", "img.png": "ok"}
    with Image.open("img.max-k2-s2.png") as image:
        assert image.getpixel((0, 0)) == (255, 0, 0)


def test_two_equal_corrected_names_are_refused(poolcli: Poolcli, tmp_path: Path) -> None:
    for name, colour in (("a.jpg", "red"), ("a.jpeg", "blue")):
        Image.new("RGB", (8, 8), colour).save(tmp_path / name, "PNG")
    for flags in ("", "--overwrite"):
        ran = poolcli("max", "a.jpg", "a.jpeg", "-o", "out/", "--json", *flags.split())
        assert ran.code == 1
    # The first task that asks gets the name.
    (made,) = (r["input"] for r in ran.records if r["status"] == "ok")
    (other,) = {"a.jpg", "a.jpeg"} - {made}
    assert ran.err == (
        f"poolcli: {other}: {made} is written to out/a.png too; give them different outputs\n"
    )
    with Image.open("out/a.png") as image:
        assert image.getpixel((0, 0)) == ((255, 0, 0) if made == "a.jpg" else (0, 0, 255))


def test_corrected_name_of_an_input_is_refused(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "img.png").rename(tmp_path / "img.jpg")
    Image.new("L", (8, 8), 7).save(tmp_path / "img.max-k2-s2.png")
    ran = poolcli("max", "img.jpg", "img.max-k2-s2.png", "--json", "--overwrite")
    assert ran.code == 1
    assert {r["input"]: r["status"] for r in ran.records} == {
        "img.jpg": "failed",
        "img.max-k2-s2.png": "ok",
    }
    assert "is an input of this run too" in ran.err


def test_existing_output_with_a_corrected_name(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "img.png").rename(tmp_path / "img.jpg")
    (tmp_path / "img.max-k2-s2.jpg").write_text("mine")
    assert poolcli("max", "img.jpg").code == 0
    (tmp_path / "img.max-k2-s2.jpg").unlink()
    assert "img.max-k2-s2.png exists" in poolcli("max", "img.jpg").err
    assert poolcli("max", "img.jpg", "--skip-existing", "--json").record["status"] == "skipped"


@pytest.mark.parametrize("source", ["img.png", "img.jpg"])
def test_no_level_is_written_if_one_exists(poolcli: Poolcli, tmp_path: Path, source: str) -> None:
    (tmp_path / "img.png").rename(tmp_path / "new")
    (tmp_path / "new").rename(tmp_path / source)
    (tmp_path / "img.max-k2-s2.L2.png").write_text("mine")
    ran = poolcli("max", source, "--levels", 2)
    assert ran.code == 1
    assert "L2.png exists" in ran.err
    assert not (tmp_path / "img.max-k2-s2.L1.png").exists()
    ran = poolcli("max", source, "--levels", 2, "--skip-existing", "--json")
    assert [r["status"] for r in ran.records] == ["ok", "skipped"]
    assert (tmp_path / "img.max-k2-s2.L2.png").read_text() == "mine"


def test_existing_indices_stay(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "keep.npy").write_text("mine")
    line = ("max", "x.npy", "--indices", "keep.npy", "--json")
    ran = poolcli(*line)
    assert ran.code == 1
    assert "keep.npy exists" in ran.err
    assert poolcli(*line, "--skip-existing").record["status"] == "ok"
    assert (tmp_path / "keep.npy").read_text() == "mine"
    assert poolcli(*line, "--skip-existing").record["status"] == "skipped"
    (tmp_path / "keep.npy").unlink()
    before = (tmp_path / "x.max-k2-s2.npy").stat().st_mtime_ns
    assert poolcli(*line, "--skip-existing").record["status"] == "skipped"
    assert np.load("keep.npy").shape == (4, 4)
    assert (tmp_path / "x.max-k2-s2.npy").stat().st_mtime_ns == before


def test_output_link_is_followed_and_permissions_stay(poolcli: Poolcli, tmp_path: Path) -> None:
    (tmp_path / "real.npy").write_text("old")
    (tmp_path / "real.npy").chmod(0o640)
    (tmp_path / "link.npy").symlink_to("real.npy")
    assert poolcli("max", "x.npy", "-o", "link.npy", "--overwrite").code == 0
    assert (tmp_path / "link.npy").is_symlink()
    assert np.load("real.npy").shape == (4, 4)
    assert (tmp_path / "real.npy").stat().st_mode & 0o777 == 0o640


def test_new_files_obey_the_umask(poolcli: Poolcli, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        poolcli("max", "x.npy", "-o", "new.npy")
    finally:
        os.umask(before)
    assert (tmp_path / "new.npy").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "name", ["[red]x[bold].npy", "a\nb.npy", "-x.npy", "日本🍣.npy", "n" * 200]
)
def test_odd_file_names(poolcli: Poolcli, tmp_path: Path, name: str) -> None:
    (tmp_path / "x.npy").rename(tmp_path / name)
    ran = poolcli("max", "--json", "--", name)
    assert (ran.code, ran.record["input"]) == (0, name)
    ran = poolcli("max", "--overwrite", "--", name)
    assert ran.code == 0
    assert name.replace("\n", "\\n") in ran.out


@linux_only
def test_file_names_that_are_not_utf8(poolcli: Poolcli, tmp_path: Path) -> None:
    name = b"bad\xff.npy".decode("utf-8", "surrogateescape")
    (tmp_path / "x.npy").rename(tmp_path / name)
    ran = poolcli("max", name, "--json")
    assert ran.record["input"] == "bad\udcff.npy"
    assert "\\udcff" in ran.out
    assert "bad\\xff.npy" in poolcli("max", name, "--overwrite").out


@pytest.mark.parametrize("level", [".L2", ".L1"])
def test_level_with_the_corrected_name_of_an_input_is_refused(
    poolcli: Poolcli, tmp_path: Path, level: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    Image.new("L", (16, 16), 5).save(folder / "a.jpg", "PNG")
    Image.new("L", (16, 16), 6).save(folder / f"a{level}.png")
    before = (folder / f"a{level}.png").read_bytes()
    inputs = ("in/a.jpg", f"in/a{level}.png")
    ran = poolcli("max", *inputs, "--levels", 2, "-o", "in", "--overwrite")
    assert ran.code == 1
    assert f"in/a{level}.png is an input of this run too" in ran.err
    assert (folder / f"a{level}.png").read_bytes() == before


def test_corrected_name_that_is_a_link(poolcli: Poolcli, tmp_path: Path) -> None:
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    Image.new("L", (16, 16), 5).save(tmp_path / "in" / "a.jpg", "PNG")
    Image.new("L", (16, 16), 6).save(tmp_path / "in" / "b.png")
    before = (tmp_path / "in" / "b.png").read_bytes()
    (tmp_path / "out" / "a.png").symlink_to("../in/b.png")
    ran = poolcli("max", "in/a.jpg", "in/b.png", "-o", "out/", "--overwrite")
    assert ran.code == 1
    assert "out/a.png is an input of this run too" in ran.err
    assert (tmp_path / "in" / "b.png").read_bytes() == before
    (tmp_path / "out" / "b.png").unlink()
    (tmp_path / "out" / "a.png").unlink()
    (tmp_path / "out" / "a.png").symlink_to("b.png")
    ran = poolcli("max", "in/a.jpg", "in/b.png", "-o", "out/", "--json")
    assert ran.code == 1
    assert [record["status"] for record in ran.records if record["input"] == "in/b.png"] == ["ok"]
    assert "in/b.png is written to out/a.png too" in ran.err


def test_added_extension_of_another_output_is_refused(poolcli: Poolcli, tmp_path: Path) -> None:
    # The format of a.psd cannot be written, so its output would be a.psd.png.
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.psd").write_bytes(psd(np.zeros((1, 4, 4), np.uint8), 1))
    Image.new("L", (4, 4), 7).save(tmp_path / "in" / "a.psd.png")
    ran = poolcli("max", "in", "-o", "out/", "--overwrite", "--jobs", 2, "--json")
    assert ran.code == 1
    failed = {record["input"] for record in ran.records if record["status"] == "failed"}
    assert failed == {"in/a.psd"}
    with Image.open(tmp_path / "out" / "a.psd.png") as image:
        assert np.asarray(image).tolist() == [[7, 7], [7, 7]]


def test_permit_of_a_worker_for_a_renamed_output(tmp_path: Path) -> None:
    path = str(tmp_path / "a.png")
    reports: list[tuple[str, PathStatus]] = []
    permit = WritePermit(may_rename=True, report=lambda *report: reports.append(report))
    assert permit.status(path) == PathStatus(None, exists=False)
    assert reports == [(path, PathStatus(None, exists=False))]
    (tmp_path / "a.png").touch()
    assert permit.status(path).exists
    with pytest.raises(UnregisteredPathError):  # the file may come from another attempt
        WritePermit(may_rename=True, may_have_written=True).status(path)


def test_value_that_looks_like_a_short_option(poolcli: Poolcli, tmp_path: Path) -> None:
    Image.new("L", (4, 4)).save("a.png")
    assert poolcli("max", "a.png", "-o", "-q", "--format", "png").code == 0
    assert (tmp_path / "-q").exists()
