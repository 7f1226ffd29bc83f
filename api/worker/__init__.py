"""Long work: training, indexing, promoting; and keeping Rasa's processes as the database wants them."""
