"""Weather: what stands between the scene and the lens."""
