"""What is said to banks and what they say: the QR code of a due, the statement of the account."""
