"""The groups of the reference: which module's routes are in which, and what each is about."""

#: By the name of the module.
GROUPS = {
    "todos": "Todos",
    "export": "Todos",
    "lists": "Lists",
    "members": "Members",
    "tags": "Tags",
    "stats": "Statistics",
    "views": "Views",
    "changes": "Changes",
    "auth": "Logging in",
    "sessions": "Logging in",
    "two_factor": "Logging in",
    "api_keys": "API keys",
    "users": "People",
    "jobs": "Jobs",
    "me": "Yourself",
    "docs": "Yourself",
}
TEXTS = {
    "Todos": "What is to be done: read, written, put into the trash and taken out again.",
    "Lists": "What todos are kept in. Everybody has one list from the start, the Inbox.",
    "Members": "Who else sees a list, and what they may do there.",
    "Tags": "The words on todos, over all the lists that you see.",
    "Statistics": "How much is open, late and done, over all the lists that you see.",
    "Views": "A filter and a sort with a name, for oneself or for the members of a list.",
    "Changes": "What was done, by whom, in order; and undoing it.",
    "Logging in": "A name and a password for tokens that expire; and where you are logged in.",
    "API keys": "What programs show instead of a password, each with its scopes.",
    "People": "Who has an account. For administrators.",
    "Jobs": "What is done in the background. For administrators.",
    "Yourself": "Who you are here, and what there is.",
}
