"""Sealing of sensitive fields and files, and the blind index that finds them again.

Pure `cryptography`, no database. Copy `keyring` for the shape of a module here. The keyring of
the process is installed once by the factory; rows name the key version they were sealed under.
"""
