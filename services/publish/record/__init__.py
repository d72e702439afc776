"""Public reports: facts applied to stored values, and the documents that are made of them."""
