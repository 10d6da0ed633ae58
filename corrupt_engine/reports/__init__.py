"""Every number that follows from results, comparisons of models, and the formats that show them."""
