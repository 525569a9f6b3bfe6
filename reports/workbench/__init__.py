"""What the pages of the workbench show: figures already worded, charts as Vega specifications."""
