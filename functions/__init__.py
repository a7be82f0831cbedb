"""What is not HTTP: the list of Lambdas, their handlers, the use cases of no single room."""
