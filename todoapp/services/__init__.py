"""The verbs. Every rule stands here once; the API, the admin, the commands and the jobs call it."""
