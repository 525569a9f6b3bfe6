"""The value of waiting: plans whose later decisions may depend on what has been seen by then."""
