"""Digital processing: too few pixels, too few bits."""
