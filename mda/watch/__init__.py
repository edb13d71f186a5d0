"""The one flow: lines in, settled stretches, findings and cases out; batch, live and replay alike."""
