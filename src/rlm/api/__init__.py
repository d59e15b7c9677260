"""What the functions behind API Gateway do, without Lambda: questions in, answers out."""
