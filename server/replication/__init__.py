"""The door of the field app: devices, push and pull, and what a person must settle."""
