"""The page of an explanation, on which the reader moves over windows."""
