"""How lists are asked for: parameters, filters, cursors and the search of words."""
