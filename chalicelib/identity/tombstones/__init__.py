"""Who was erased: what a restore of other tables is held against."""
