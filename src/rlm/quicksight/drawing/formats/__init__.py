"""How values are written: numbers, dates, texts, by field, by column or by type."""
