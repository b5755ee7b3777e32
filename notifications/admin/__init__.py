"""The administration's own screens for messages: triggers, texts, channels, the delivery log."""
