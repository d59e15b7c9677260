"""The formula language of QuickSight's calculated fields: text to tree, types, and SQL."""
