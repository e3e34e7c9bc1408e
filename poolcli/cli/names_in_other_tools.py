"""Names that other programs and libraries give to what poolcli does, for hints."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    """The most likely meaning of a word that poolcli does not know.

    Attributes
    ----------
    name : str
        A command, or an option that precedes commands.
    options : tuple of str
        Options that are part of the meaning, with their values.
    note : str
        How the two differ, if they do.
    """

    name: str
    options: tuple[str, ...] = ()
    note: str = ""

    @property
    def text(self) -> str:
        """The name with its options, and the note, for messages.

        Examples
        --------
        >>> Meaning("avg", ("--global",)).text, Meaning("std", note="its root").text
        ("'avg --global'", "'std' (its root)")
        """
        return f"{' '.join((self.name, *self.options))!r}" + (
            f" ({self.note})" if self.note else ""
        )


GLOBAL = ("--global",)
ADAPTIVE = ("--adaptive", "7x7")
THUMBNAIL = ("--fit", "256")

NAMES_BY_MEANING: dict[Meaning, str] = {
    Meaning("max"): "maximum maximal largest highest amax dilate dilation linf",
    Meaning("max", ("--indices", "at.npy")): "argmax",
    Meaning("min"): "minimum minimal smallest lowest amin erode erosion",
    Meaning("min", ("--indices", "at.npy")): "argmin",
    Meaning("avg"): "average mean downsample subsample downscale box binning bin",
    Meaning("avg", GLOBAL): "global gap",
    Meaning("avg", ADAPTIVE): "adaptive",
    Meaning("avg", THUMBNAIL): "resize rescale shrink thumbnail fit",
    Meaning("sum"): "total add",
    Meaning("lp"): "norm l2 euclidean power power-average",
    Meaning("lp", ("--norm", "1")): "l1 manhattan",
    Meaning("gem"): "generalized-mean generalised-mean power-mean",
    Meaning("rms"): "root-mean-square quadratic-mean",
    Meaning("blur"): "gaussian gauss binomial smooth lowpass antialias",
    Meaning("quantile"): "percentile rank",
    Meaning("median"): "middle",
    Meaning("mode"): "majority vote most-frequent most-common label labels",
    Meaning("std"): "stdev stddev deviation standard-deviation sigma",
    Meaning("std", note="the square root of the variance"): "var variance",
    Meaning("range"): "ptp peak-to-peak spread",
    Meaning("info"): "identify describe inspect stat stats show",
    Meaning("explain"): "visualize visualise illustrate trace",
    Meaning("compare"): "sheet contact-sheet",
    Meaning("pool", ("--mode", "max")): "pooling",
    Meaning("unpool"): "upsample inverse max-unpool",
    Meaning("--help"): "help usage man modes commands list ls",
    Meaning("--version"): "version",
}
"""Words by what they mean."""

MEANINGS = {word: meaning for meaning, words in NAMES_BY_MEANING.items() for word in words.split()}
"""Meanings by word, in lower case, with hyphens."""

PREFIXES = {"global": GLOBAL, "adaptive": ADAPTIVE, "nan": ("--ignore", "nan")}
"""First parts of names, such as GlobalMaxPool2d and nanmean, and the options that they mean."""

NAMES_BY_OPTION: dict[str, str] = {
    "--kernel-size": "pool-size poolsize ksize kernel kernel-shape filter-size filter window "
    "window-size win size block-size block pool factor scale scale-factor downscale",
    "--stride": "strides step steps stride-size stepsize step-size hop",
    "--padding": "pad pads paddings zero-padding pad-size padding-size auto-pad border",
    "--padding-mode": "pad-mode border-mode edge-mode boundary fill-mode",
    "--dilation": "dilations dilate dilation-rate rate",
    "--footprint": "structure structuring-element selem shape",
    "--adaptive": "out-size output-shape target-size",
    "--fit": "longest-side max-size max-side thumbnail resize",
    "--levels": "level num-levels n-levels depth octaves",
    "--layout": "data-format data-layout dim-order dims-order",
    "--axes": "axis dim dims",
    "--ignore": "nodata no-data ignore-value ignore-index missing skip-value mask-value",
    "--exclude-pad": "count-exclude-pad exclude-padding no-count-include-pad",
    "--count-include-pad": "include-pad include-padding",
    "--divisor": "divide-by",
    "--norm": "power exponent order p-norm",
    "--q": "quantile percentile percent quantiles",
    "--method": "interpolation interp",
    "--dtype": "out-dtype output-dtype astype",
    "--indices": "argmax argmin index",
    "--recursive": "recurse",
    "--files-from": "file-list filelist input-list list",
    "--output": "out out-file output-file outfile outdir out-dir output-dir dest save save-to",
    "--format": "ext extension",
    "--overwrite": "force clobber replace yes",
    "--skip-existing": "no-clobber resume continue",
    "--normalize": "normalise rescale stretch",
    "--compress-level": "compression compression-level",
    "--dry-run": "dryrun simulate no-act",
    "--jobs": "workers num-workers threads num-threads processes cores cpus n-jobs parallel",
    "--quiet": "silent",
    "--values": "print-values numbers",
    "--preview": "plot display view",
    "--modes": "mode",
    "--at": "pos position pixel element",
}
"""Other names of options by their spelling here; the arguments of `poolcli.pool` are known too."""

OPTION_MEANINGS = {
    word: option for option, words in NAMES_BY_OPTION.items() for word in words.split()
}
"""The options that words mean, in lower case, with hyphens, without those at the beginning."""

MODE_OPTIONS = ("mode", "op", "operation", "pool-mode", "pool-type", "pooling", "pooling-mode")
"""Options that name a mode elsewhere."""

OPPOSITES = {"--ceil": "--floor", "--count-include-pad": "--exclude-pad"}
"""The switches that other libraries write as an argument that is False."""

VALUES = {
    "same-upper": "same", "notset": "0", "channels-last": "NHWC", "channels-first": "NCHW",
    "edge": "replicate", "wrap": "circular", "mirror": "reflect", "nearest": "replicate",
}  # fmt: skip
"""Values of options under other names, in lower case, with hyphens."""
