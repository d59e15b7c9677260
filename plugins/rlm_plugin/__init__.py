"""The operators, sensors and triggers that the Amazon provider lacks."""
