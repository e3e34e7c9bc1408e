"""What each version promises not to change, stored per version: see docs/compatibility.md."""
