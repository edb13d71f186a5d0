"""The one flow: lines in, findings and cases out; batch, live and replay alike."""
