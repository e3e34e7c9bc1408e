"""Numbers of TIFF and EXIF tags, their types, and the tags that are not copied to an output."""

from PIL import ExifTags

COMPRESSION = 259
PHOTOMETRIC = 262
DESCRIPTION = 270
STRIP_OFFSETS = 273
ORIENTATION = 274
STRIP_BYTE_COUNTS = 279
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
PREDICTOR = 317
XMP = 700
IPTC = 33723
PHOTOSHOP = 34377
ICC = 34675
GDAL_METADATA, GDAL_NODATA = 42112, 42113
MAKER_NOTE = 0x927C

EXIF, GPS, INTEROP = ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop
"""Tags that point to a subdirectory."""

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SIGNED_RATIONAL, DOUBLE = 1, 2, 3, 4, 5, 7, 10, 12
"""Types of values (TIFF 6.0, section 2)."""

STORED_PIXEL_TAGS = frozenset(
    # NewSubfileType to PhotometricInterpretation, Threshholding to FillOrder
    {*range(254, 260), *range(262, 267)}
    # StripOffsets, Orientation, SamplesPerPixel to MaxSampleValue, PlanarConfiguration
    | {STRIP_OFFSETS, 274, *range(277, 282), 284}
    # FreeOffsets to T6Options, PageNumber, TransferFunction, Predictor
    | {*range(288, 294), 297, 301, PREDICTOR}
    # ColorMap to TileByteCounts, SubIFDs, InkSet to NumberOfInks, DotRange
    | {*range(320, 326), 330, 332, 333, 334, 336}
    # ExtraSamples to TransferRange, JPEGTables, JPEGProc to JPEGACTables, YCbCrCoefficients to
    # ReferenceBlackWhite
    | {*range(338, 343), 347, *range(512, 522), *range(529, 533)}
    # SGI's Matteing to TileDepth, CFARepeatPatternDim and CFAPattern, the raw data of DNG
    | {*range(32995, 32999), 33421, 33422, *range(50706, 52600)}
    # Photoshop's resources (a thumbnail is among them) and layers
    | {PHOTOSHOP, 37724}
)
"""Tags that describe the stored pixels (TIFF 6.0 and its supplements)."""

STORED_PIXEL_EXIF_TAGS = frozenset({0x9102, 0xA002, 0xA003, 0x9214, 0xA214, INTEROP})
"""Tags of the Exif directory that describe the stored pixels: compression, size, and positions in
pixels. The pointer to the Interop directory is written anew."""

SEPARATE_TAGS = frozenset({IPTC, ICC, XMP, EXIF, GPS})
"""Tags that `ImageMetadata` holds in attributes of their own."""

GEOREFERENCE_TAGS = frozenset({33550, 33922, 34264, 50844})
"""GeoTIFF's scale, tie points and transformation, and GDAL's RPC: where the pixels are located."""

IMAGEJ_TAGS = frozenset({50838, 50839})
"""ImageJ's look-up tables, ranges and labels of slices, and the sizes of these."""

RESOLUTION_TAGS = frozenset({X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT})

SIGNED_EXIF_TAGS = frozenset({0x9201, 0x9203, 0x9204})
"""Shutter speed, brightness and exposure bias: signed rationals (Exif 2.32, 4.6.5), which Pillow
writes unsigned if they are not negative."""

UNDEFINED_GPS_TAGS = (27, 28)
"""The processing method and the area in the GPS directory; all other bytes there are BYTE."""
