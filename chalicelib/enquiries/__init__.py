"""Questions, complaints, suggestions, praise, reports and data corrections: heard and answered."""
