"""Who may act for whom: members of the family by their consent."""
