"""What nobody should send, sent: every door answers clearly and nothing is left half done."""
