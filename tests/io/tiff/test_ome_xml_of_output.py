"""OME-XML of the output, as tifffile reads it."""

from __future__ import annotations

import io
from typing import Any
from xml.etree import ElementTree

import pytest

from poolcli.io.tiff import ome_xml_of_output
from poolcli.io.tiff.axis_scaling import AxisScaling, OutputAxes
from poolcli.io.tiff.ome_page_order import OmePages, find_ome_pages
from poolcli.io.tiff.ome_xml_of_output import OmeImage, rewrite_ome_xml

NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"

HALVED = {"Y": AxisScaling(2), "X": AxisScaling(2)}

TEMPLATE = f"""<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 UUID="urn:uuid:1" xsi:schemaLocation="{NAMESPACE} ome.xsd">
<Dataset ID="Dataset:0"><ImageRef ID="Image:0"/><ImageRef ID="Image:1"/></Dataset>
<Image ID="Image:0" Name="µ"><Description>a &lt; b</Description>
<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SignificantBits="12" BigEndian="true"
 SizeX="8" SizeY="6" SizeC="2" SizeZ="3" SizeT="1" PhysicalSizeX="0.25" PhysicalSizeXUnit="µm"
 PhysicalSizeY="0.5" PhysicalSizeZ="2" TimeIncrement="1.5">
<Channel ID="Channel:0:0" Name="DAPI" SamplesPerPixel="1"/><Channel ID="Channel:0:1" Name="GFP"/>
<TiffData IFD="0" PlaneCount="6"><UUID FileName="a.ome.tif">urn:uuid:1</UUID></TiffData>
<Plane TheZ="0" TheC="0" TheT="0" DeltaT="0.5"/>
</Pixels><ROIRef ID="ROI:0"/><AnnotationRef ID="Annotation:0"/></Image>
<Image ID="Image:1"><Pixels ID="Pixels:1" DimensionOrder="XYZCT" Type="uint8" SizeX="8" SizeY="6"
 SizeC="1" SizeZ="1" SizeT="1"><TiffData IFD="6"/></Pixels></Image>
<StructuredAnnotations><XMLAnnotation ID="Annotation:0"
 Namespace="openmicroscopy.org/omero/dimension/modulo"><Value/></XMLAnnotation>
<MapAnnotation ID="Annotation:1"><Value><M K="a">b</M></Value></MapAnnotation>
</StructuredAnnotations><ROI ID="ROI:0"/></OME>
"""

STACK = OutputAxes("TZCYX", (1, 3, 2, 3, 4), HALVED)
SINGLE = OutputAxes("YX", (3, 4), HALVED)


def rewrite(
    images: dict[int, OmeImage], text: str = TEMPLATE
) -> tuple[ElementTree.Element, list[str]]:
    notes: list[str] = []
    rewritten = rewrite_ome_xml(text, images, notes.append)
    assert rewritten is not None
    assert rewritten.isascii()
    assert rewritten.startswith(f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="{NAMESPACE}"')
    return ElementTree.fromstring(rewritten), list(dict.fromkeys(notes))


def find(root: ElementTree.Element, path: str) -> list[ElementTree.Element]:
    return root.findall(path.replace("/", "/ome:"), {"ome": NAMESPACE})


def test_pages_of_images() -> None:
    first, second = OmePages("TZC", (1, 3, 2), tuple(range(6))), OmePages("TCZ", (1, 1, 1), (6,))
    assert find_ome_pages(TEMPLATE, 7) == [first, second]
    assert find_ome_pages(TEMPLATE, 6) is None
    assert find_ome_pages(TEMPLATE.replace(">urn:uuid:1<", ">urn:uuid:2<"), 7) is None
    assert find_ome_pages(TEMPLATE.replace('IFD="6"', 'IFD="5"'), 7) is None
    samples = TEMPLATE.replace('SizeC="1"', 'SizeC="3"').replace(
        '<TiffData IFD="6"', '<Channel SamplesPerPixel="3"/><TiffData IFD="6"'
    )
    assert find_ome_pages(samples, 7) == [first, second]


def test_pages_pooled_one_by_one() -> None:
    images = {
        0: OmeImage(STACK, tuple(range(6)), "uint16"),
        1: OmeImage(SINGLE, (6,), "uint8"),
    }
    root, notes = rewrite(images)
    (pixels, other) = find(root, "./Image/Pixels")
    assert pixels.attrib == {
        "ID": "Pixels:0", "DimensionOrder": "XYCZT", "Type": "uint16", "SignificantBits": "12",
        "SizeX": "4", "SizeY": "3", "SizeC": "2", "SizeZ": "3", "SizeT": "1",
        "PhysicalSizeX": "0.5", "PhysicalSizeXUnit": "µm", "PhysicalSizeY": "1.0",
        "PhysicalSizeZ": "2", "TimeIncrement": "1.5",
    }  # fmt: skip
    names = [element.tag.partition("}")[2] for element in pixels]
    assert names == ["Channel", "Channel", "TiffData", "Plane"]
    assert [data.attrib for data in find(pixels, "./TiffData")] == [{"IFD": "0", "PlaneCount": "6"}]
    assert [data.attrib for data in find(other, "./TiffData")] == [{"IFD": "6", "PlaneCount": "1"}]
    assert other.get("SizeX") == "4"
    assert len(find(root, "./Dataset/ImageRef")) == 2
    assert len(find(root, "./StructuredAnnotations/XMLAnnotation")) == 1
    assert "UUID" not in root.attrib
    assert root.get("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation")
    assert find(root, "./ROI") == find(root, "./Image/ROIRef") == []
    assert find(root, "./Image/Description")[0].text == "a < b"
    assert notes == [ome_xml_of_output.REGIONS_DROPPED]


def test_one_image_with_pooled_slices_and_frames() -> None:
    scalings = {"Z": AxisScaling(3), "T": AxisScaling(2), "Y": None}
    image = OmeImage(OutputAxes("ZCYX", (1, 2, 6, 8), scalings), (0, 1), "float32")
    root, notes = rewrite({0: image})
    (pixels,) = find(root, "./Image/Pixels")
    expected = {
        "SizeZ": "1", "SizeC": "2", "PhysicalSizeZ": "6.0", "TimeIncrement": "3.0",
        "Type": "float", "PhysicalSizeX": "0.25",
    }  # fmt: skip
    assert pixels.attrib.items() >= expected.items()
    assert not {"SignificantBits", "PhysicalSizeY"} & {*pixels.attrib}
    assert [channel.get("Name") for channel in find(pixels, "./Channel")] == ["DAPI", "GFP"]
    assert find(pixels, "./Plane") == []
    assert len(find(root, "./Dataset/ImageRef")) == 1
    assert len(find(root, "./StructuredAnnotations/MapAnnotation")) == 1
    assert find(root, "./StructuredAnnotations/XMLAnnotation") == []
    assert find(root, "./Image/AnnotationRef") == []
    assert notes == [
        ome_xml_of_output.NO_STEP,
        ome_xml_of_output.PLANES_DROPPED,
        ome_xml_of_output.REGIONS_DROPPED,
        ome_xml_of_output.MODULO_DROPPED,
    ]


def test_pooled_channels_and_samples() -> None:
    axes = OutputAxes("ZYXS", (3, 6, 8, 3), {"C": AxisScaling(2)})
    root, notes = rewrite({0: OmeImage(axes, (0, 1, 2), "uint16")})
    (pixels,) = find(root, "./Image/Pixels")
    assert pixels.get("SizeC") == "3"
    assert find(pixels, "./Channel")[0].attrib == {"ID": "Channel:0:0", "SamplesPerPixel": "3"}
    assert ome_xml_of_output.CHANNELS_DROPPED in notes


def test_pages_in_another_order() -> None:
    axes = OutputAxes("CZYX", (2, 2, 6, 8), {})
    root, notes = rewrite({0: OmeImage(axes, (3, 1, 2, 0), "uint16")})
    (pixels,) = find(root, "./Image/Pixels")
    assert pixels.get("DimensionOrder") == "XYZCT"
    found = [(data.attrib) for data in find(pixels, "./TiffData")]
    assert found[1] == {"IFD": "1", "PlaneCount": "1", "FirstZ": "1", "FirstC": "0"}
    assert len(found) == 4
    assert len(find(root, "./ROI")) == 1
    assert notes == []


@pytest.mark.parametrize(
    "image",
    [
        OmeImage(OutputAxes("QYX", (6, 3, 4), HALVED), tuple(range(6)), "uint16"),
        OmeImage(STACK, tuple(range(6)), "int64"),
    ],
)
def test_what_ome_cannot_describe(image: OmeImage) -> None:
    notes: list[str] = []
    assert rewrite_ome_xml(TEMPLATE, {0: image}, notes.append) is None
    assert notes == [ome_xml_of_output.NOT_DESCRIBED]
    assert rewrite_ome_xml(TEMPLATE, {2: image}, notes.append) is None


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATE[:-20],
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><OME>&a;</OME>',
        "<OME>" + "<a>" * 100_000 + "</a>" * 100_000 + "</OME>",
        "<OME><Image><Pixels/></Image></OME>",
        "",
    ],
)
def test_damaged_xml_is_dropped(text: str) -> None:
    notes: list[str] = []
    assert find_ome_pages(text, 6) is None
    image = OmeImage(STACK, tuple(range(6)), "uint16")
    rewrite_ome_xml(text, {0: image}, notes.append)
    assert len(notes) <= 1


def test_another_namespace_prefix_stays() -> None:
    text = f'<o:OME xmlns:o="{NAMESPACE}"><o:Image><o:Pixels DimensionOrder="XYCZT"/></o:Image>'
    rewritten = rewrite_ome_xml(
        text + "</o:OME>", {0: OmeImage(SINGLE, (0,), "uint8")}, pytest.fail
    )
    assert rewritten is not None
    assert '<o:TiffData IFD="0" PlaneCount="1" />' in rewritten
    assert rewritten.endswith("</o:OME>")


def test_tifffile_reads_the_output() -> None:
    numpy, tifffile = pytest.importorskip("numpy"), pytest.importorskip("tifffile")
    pixels: Any = numpy.arange(3 * 2 * 6 * 8, dtype="uint16").reshape(3, 2, 6, 8)
    metadata = {
        "axes": "ZCYX", "PhysicalSizeX": 0.25, "PhysicalSizeXUnit": "µm",
        "Channel": {"Name": ["DAPI", "GFP"]},
    }  # fmt: skip
    before = io.BytesIO()
    tifffile.imwrite(before, pixels, ome=True, photometric="minisblack", metadata=metadata)
    before.seek(0)
    with tifffile.TiffFile(before) as tiff:
        text = tiff.ome_metadata
    pages = find_ome_pages(text, 6)
    assert pages == [OmePages("TZC", (1, 3, 2), tuple(range(6)))]
    axes = OutputAxes("ZCYX", (3, 2, 3, 4), HALVED)
    rewritten = rewrite_ome_xml(text, {0: OmeImage(axes, tuple(range(6)), "uint16")}, pytest.fail)
    after = io.BytesIO()
    with tifffile.TiffWriter(after) as writer:
        for page in pixels.reshape(6, 6, 8)[:, ::2, ::2]:
            writer.write(page, description=rewritten, metadata=None)
            rewritten = None
    after.seek(0)
    with tifffile.TiffFile(after) as tiff:
        (series,) = tiff.series
        assert (series.axes, series.shape) == ("ZCYX", (3, 2, 3, 4))
        assert numpy.array_equal(series.asarray(), pixels[..., ::2, ::2])
        root = ElementTree.fromstring(tiff.ome_metadata)
    (found,) = find(root, "./Image/Pixels")
    assert found.get("PhysicalSizeX") == "0.5"
    assert [channel.get("Name") for channel in find(found, "./Channel")] == ["DAPI", "GFP"]
