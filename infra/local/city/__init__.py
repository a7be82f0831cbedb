"""A month behind a fresh run: what residents, staff and couriers did, played by the product itself.

`plan` says purely what is done when and by whom; `play` does it through the API and the stand-ins.
"""
