"""The promises of each version, stored per version: see docs/compatibility.md."""
