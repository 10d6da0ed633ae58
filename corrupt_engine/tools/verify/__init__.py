"""Whether this installation reproduces published numbers: RobustBench's 75 cells of ImageNet-C, model by model."""
