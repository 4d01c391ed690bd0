"""Training of the default prior of modeseek."""
