"""The parts of Rasa's pipeline: thin wrappers around Rasa-free cores."""
