"""`python -m optimizer.cli`: the same as the command `wattsplit`."""

from optimizer.cli import main

if __name__ == "__main__":
    main()
