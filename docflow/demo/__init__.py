"""The demo: people, document types and documents in every state, each brought there as a person would."""
