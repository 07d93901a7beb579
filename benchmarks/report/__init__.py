"""What is made of the results: tables in two documents, and plots."""
