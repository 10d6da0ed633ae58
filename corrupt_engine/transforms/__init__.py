"""From array to array: resize and crop, corrupt, normalize to tensors; the node for DALI pipelines."""
