"""How good the live model was for fans: its captured answers beside what they did afterwards."""
