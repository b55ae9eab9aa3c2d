"""The real server in a bad network: an office, its devices, and a witness of every value."""
