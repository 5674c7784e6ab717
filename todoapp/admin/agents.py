"""What people call the program that a session was opened with."""

from flask import Flask

#: Each names itself among others that it wants to pass for: the first that is found is it.
_BROWSERS = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Macintosh": "a Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def install(app: Flask) -> None:
    """Give templates the filter."""
    app.add_template_filter(program)


def program(user_agent: str | None) -> str:
    """Return a browser and its system by name; of another program what it calls itself."""
    if not user_agent:
        return "An unknown program"
    browser = _first(_BROWSERS, user_agent)
    if browser is None:
        return user_agent.partition(" ")[0]
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _first(names: dict[str, str], user_agent: str) -> str | None:
    return next((name for mark, name in names.items() if mark in user_agent), None)
