"""Everything a person can reach: the API, its worker and its pages."""
