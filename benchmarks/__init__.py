"""How long planning takes, stage by stage and beside its peers: `python -m benchmarks.run`."""
