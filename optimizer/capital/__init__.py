"""Machines, sites, halls, cash, debt, coin and tax: what a plan may decide beside AI offers and mining."""
