"""What is deployed is held to the code; and each check of that has been seen to fail."""
