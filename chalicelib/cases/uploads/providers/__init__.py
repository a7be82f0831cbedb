"""The bucket that keeps the bytes, and what the library of ciphers says of encrypted PDFs."""
