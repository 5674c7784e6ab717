"""The HTTP that every face shares: who is calling, what went wrong, what each answer carries."""
