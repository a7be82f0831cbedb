"""Open data: data sets that anybody may take, and how well the offices do, by month.

What is about people is protected when a month is published (`domain.suppression`), and a month that
was published never changes.
"""
