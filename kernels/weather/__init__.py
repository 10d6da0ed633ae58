"""Weather and light."""
