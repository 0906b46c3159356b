"""What LLM twins say on scales, calibrated by a few answers of real people."""
