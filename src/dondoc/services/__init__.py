"""Use cases, one a module: each opens its own short transactions and can be repeated at any time."""
