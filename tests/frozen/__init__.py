"""Command lines whose output names, exit codes and JSON lines must not change."""
