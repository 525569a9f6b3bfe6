"""The version of the program, written into every plan's manifest. The packaging reads it from here."""

VERSION = "0.1.0"
