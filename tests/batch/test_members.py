"""`--member GLOB`, and inputs such as ``file.npz:conv1``: the arrays of a file that are pooled."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Poolcli, Shell

CONV1, CONV2 = np.arange(32.0).reshape(2, 4, 4), np.eye(4)
ARRAYS = {"net/conv1": CONV1, "net/conv2": CONV2, "step": np.array(3), "kernel:0": CONV2}


def save(path: str = "x.npz") -> None:
    np.savez(path, **ARRAYS)


def keys(path: str) -> set[str]:
    return set(np.load(path))


def unwrapped(text: str) -> str:
    """Return the text in the frame of a usage error as one line."""
    return " ".join(text.replace("│", " ").split())


def test_only_the_named_members_are_pooled(poolcli: Poolcli) -> None:
    save()
    ran = poolcli("max", "x.npz", "--member", "net/*", "--member", "kernel:0", "--json")
    assert ran.code == 0
    assert [record["member"] for record in ran.records] == ["net/conv1", "net/conv2", "kernel:0"]
    assert keys("x.max-k2-s2.npz") == {"net/conv1", "net/conv2", "kernel:0"}
    np.testing.assert_array_equal(np.load("x.max-k2-s2.npz")["net/conv1"], CONV1[:, 1::2, 1::2])


def test_one_member_goes_into_a_file_of_one_array(poolcli: Poolcli) -> None:
    save()
    assert poolcli("max", "x.npz", "--member", "*conv1", "-o", "y.npy", "--quiet").code == 0
    assert np.load("y.npy").shape == (2, 2, 2)
    assert poolcli("max", "x.npz:net/conv2", "-o", "y.tif", "--dtype", "uint8", "--quiet").code == 0
    with Image.open("y.tif") as image:
        assert image.size == (2, 2)
    ran = poolcli("max", "x.npz", "--member", "net/*", "-o", "z.npy")
    assert "2 arrays do not go into one .npy; .npz holds them, and --member names one" in ran.err


def test_a_member_that_cannot_be_pooled_fails_the_file_with_a_hint(poolcli: Poolcli) -> None:
    save()
    ran = poolcli("max", "x.npz", "--json")
    assert (ran.code, ran.record["status"]) == (1, "failed")
    message = ran.record["error"]["message"]
    assert message.startswith("member 'step': the input has no axes")
    assert message.endswith("; --member names the arrays to pool")
    assert not Path("x.max-k2-s2.npz").exists()
    ran = poolcli("max", "x.npz:step", "--json")  # there is nothing else to name
    assert "--member" not in ran.record["error"]["message"]


def test_damaged_members_that_were_not_named_do_not_matter(poolcli: Poolcli) -> None:
    np.savez("x.npz", a=CONV2, b=np.array([{}], object))
    with zipfile.ZipFile("x.npz", "a") as archive:
        archive.writestr("c.npy", b"damaged")
    assert "--member names the arrays to pool" in poolcli("max", "x.npz").err
    assert poolcli("max", "x.npz", "--member", "a", "--quiet").code == 0


def test_names_of_members_that_were_not_named_do_not_matter(poolcli: Poolcli) -> None:
    with zipfile.ZipFile("x.npz", "w") as archive:
        for name in ("a.npy", "c:d.npy"):
            with archive.open(name, "w") as member:
                np.save(member, CONV2)
    assert poolcli("max", "x.npz:a", "--quiet").code == 0
    assert keys("x.a.max-k2-s2.npz") == {"a"}
    assert "'c:d', which is not a plain relative name" in poolcli("max", "x.npz").err


def test_a_glob_without_a_match_is_an_error_that_lists_members(poolcli: Poolcli) -> None:
    np.savez("x.npz", **{f"conv{number}": CONV2 for number in range(7)})
    ran = poolcli("max", "x.npz", "--member", "conv*", "--member", "fc", "--json")
    assert ran.code == 1
    assert ran.record["error"]["message"] == (
        "no member matches 'fc'; it has 'conv0', 'conv1', 'conv2', 'conv3', 'conv4' and 2 more"
    )
    ran = poolcli("max", "x.npz:fc[*]")
    assert "poolcli: x.npz:fc[*]: no member matches 'fc[*]'; it has 'conv0'" in ran.err
    assert "no member matches 'Conv1'" in poolcli("max", "x.npz", "--member", "Conv1").err


def test_inputs_without_members_fail(poolcli: Poolcli) -> None:
    np.save("x.npy", CONV2)
    Image.new("L", (4, 4)).save("x.png")
    save()
    ran = poolcli(
        "max", "x.npy", "x.png", "x.npz", "--member", "*conv*", "-o", "out/", "--json", "-j", "1"
    )
    failed = {record["input"] for record in ran.records if record["status"] == "failed"}
    assert (ran.code, failed) == (1, {"x.npy", "x.png"})
    assert "it is a single array or image and has no members" in ran.err + ran.out
    assert "or the name after the colon" in poolcli("max", "x.png:red").err


@pytest.mark.parametrize(
    ("given", "output"),
    [
        (("x.npz:net/conv1",), "x.net_conv1.max-k2-s2.npz"),
        (("x.npz:kernel:0",), "x.kernel_0.max-k2-s2.npz"),
        (("x.npz:net/conv1", "-o", "out/"), "out/x.net_conv1.npz"),
        (("x.npz:net/conv1", "--format", "npy"), "x.net_conv1.max-k2-s2.npy"),
        (("x.npz:net/conv1", "--levels", "1"), "x.net_conv1.max-k2-s2.L1.npz"),
        (("x.npz", "--member", "kernel:0"), "x.max-k2-s2.npz"),
    ],
)
def test_names_of_outputs(poolcli: Poolcli, given: tuple[str, ...], output: str) -> None:
    save()
    ran = poolcli("max", *given, "--json")
    assert ran.code == 0
    assert (ran.record["input"], ran.record["output"]) == ("x.npz", output)
    assert ran.record["member"] in ("net/conv1", "kernel:0")
    assert Path(output).exists()


def test_several_members_of_one_file_are_several_inputs(poolcli: Poolcli) -> None:
    save()
    ran = poolcli("max", "x.npz:net/conv1", "x.npz:net/conv2", "--json", "-j", "1")
    assert ran.code == 0
    assert {record["output"] for record in ran.records} == {
        "x.net_conv1.max-k2-s2.npz",
        "x.net_conv2.max-k2-s2.npz",
    }
    ran = poolcli("max", "x.npz:net/conv1", "x.npz:net/conv1")
    assert (ran.code, "it is named twice; leave one out" in unwrapped(ran.err)) == (2, True)


def test_colliding_names_of_members_are_refused_before_any_work(poolcli: Poolcli) -> None:
    np.savez("x.npz", **{"a/b": CONV2, "a_b": CONV2})
    ran = poolcli("max", "x.npz:a/b", "x.npz:a_b")
    assert ran.code == 2
    assert "x.npz:a/b is written to x.a_b.max-k2-s2.npz too" in unwrapped(ran.err)


def test_a_file_with_a_colon_in_its_name_is_a_file(poolcli: Poolcli) -> None:
    save("x.npz")
    np.save("x.npz:net", CONV2)
    Path("x.npz:net.npy").rename("x.npz:net")
    assert poolcli("max", "x.npz:net", "--json").record["in"]["shape"] == [4, 4]
    ran = poolcli("max", "missing.npz:conv1")
    assert "missing.npz:conv1: there is no such file" in ran.err
    Path("folder").mkdir()
    assert "there is no such file" in poolcli("max", "folder:conv1").err


def test_a_member_whose_name_has_wildcards_is_meant_literally(poolcli: Poolcli) -> None:
    np.savez("x.npz", **{"w[0]": CONV2, "w0": CONV1, "*": CONV2})
    for name in ("w[0]", "*"):
        ran = poolcli("max", f"x.npz:{name}", "--json")
        assert [record["member"] for record in ran.records] == [name]
    ran = poolcli("max", "x.npz", "--member", "w[0]", "--dry-run", "--json")
    assert [record["member"] for record in ran.records] == ["w[0]"]


def test_members_in_folders_and_lists(poolcli: Poolcli) -> None:
    for name in ("in/a.npz", "in/deep/b.npz"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        save(name)
    command = ("max", "in", "-r", "--member", "net/*", "-o", "out", "--quiet", "-j", "1")
    assert poolcli(*command).code == 0
    assert keys("out/a.npz") == keys("out/deep/b.npz") == {"net/conv1", "net/conv2"}
    Path("list").write_text("in/a.npz:net/conv1\nin/deep/b.npz:kernel:0\n")
    ran = poolcli("avg", "--files-from", "list", "-o", "listed/", "--json", "-j", "1")
    assert {record["output"] for record in ran.records} == {
        "listed/in/a.net_conv1.npz",
        "listed/in/deep/b.kernel_0.npz",
    }


def test_members_of_standard_input(shell: Shell, tmp_path: Path) -> None:
    save(str(tmp_path / "a.npz"))
    ran = shell("poolcli max - --member net/conv2 < a.npz > c.npz")
    assert ran.returncode == 0, ran.stderr
    assert keys(str(tmp_path / "c.npz")) == {"net/conv2"}


def test_a_failed_and_a_skipped_member_are_named(poolcli: Poolcli) -> None:
    save()
    record = poolcli("max", "x.npz:step", "--json").record
    assert (record["status"], record["member"]) == ("failed", "step")
    Path("x.net_conv1.max-k2-s2.npz").touch()
    record = poolcli("max", "x.npz:net/conv1", "--skip-existing", "--json").record
    assert (record["status"], record["member"]) == ("skipped", "net/conv1")


def test_the_input_of_a_member_is_never_replaced(poolcli: Poolcli) -> None:
    save()
    before = Path("x.npz").read_bytes()
    ran = poolcli("max", "x.npz:net/conv1", "-o", "x.npz", "--overwrite")
    assert (ran.code, "is the input itself" in ran.err) == (1, True)
    Path("x.html").symlink_to("x.npz")
    ran = poolcli("explain", "max", "x.npz:net/conv1", "--html", "x.html", "--overwrite")
    assert (ran.code, "is the input itself" in ran.err) == (1, True)
    ran = poolcli("max", "x.npz:net/conv1", "x.npz:net/conv2", "-o", ".", "--overwrite", "--quiet")
    assert (ran.code, Path("x.npz").read_bytes()) == (0, before)


def test_indices_of_members(poolcli: Poolcli) -> None:
    save()
    command = ("max", "x.npz:net/conv1", "x.npz:net/conv2", "-o", "v/", "--indices", "at/")
    assert poolcli(*command, "--quiet", "-j", "1").code == 0
    assert keys("at/x.net_conv1.npz") == {"net/conv1"}
    assert (
        poolcli("max", "x.npz", "--member", "net/*", "-o", "w.npz", "--indices", "w.at.npz").code
        == 0
    )
    ran = poolcli("unpool", "w.npz", "--member", "net/conv2", "--indices", "w.at.npz",
                  "--output-size", "4x4", "-o", "u.npy", "--quiet")  # fmt: skip
    assert (ran.code, np.load("u.npy").sum()) == (0, 2.0)


def test_info_compare_and_explain_take_members(poolcli: Poolcli) -> None:
    save()
    assert poolcli("info", "x.npz:step", "--json").record["in"]["shape"] == []
    assert len(poolcli("info", "x.npz", "--member", "net/*", "--json").records) == 2
    assert poolcli("compare", "x.npz", "--member", "net/conv2", "-o", "sheet.png").code == 0
    ran = poolcli("explain", "max", "x.npz", "--member", "*conv*")
    assert "only the first of 3 arrays is used, 'net/conv1'" not in ran.out  # there are two
    assert "only the first of 2 arrays is used, 'net/conv1'; --member names another one" in ran.out
    assert "only the first" not in poolcli("explain", "max", "x.npz:net/conv2").out
