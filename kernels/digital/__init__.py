"""Digital processing: tone, colour, geometry, compression."""
