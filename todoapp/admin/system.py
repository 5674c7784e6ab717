"""/admin/system: how the installation is, for its administrators."""

from flask import render_template
from flask_login import current_user

from todoapp.admin.blueprint import pages
from todoapp.clock import utcnow
from todoapp.jobs.kinds import slots
from todoapp.services import backups, upkeep
from todoapp.services import system as installation
from todoapp.services.system_findings import findings, urgent_first


@pages.get("/system")
def system() -> str:
    """Show what runs on what, what is wrong, and how it is set up."""
    actor, now = current_user.actor, utcnow()
    state = installation.state(actor, now=now)
    return render_template(
        "admin/system/index.html",
        state=state,
        findings=urgent_first([*findings(state, now=now), *upkeep.findings(now)]),
        growth=[vars(day) for day in state.growth],
        backup=backups.newest(),
        settings=installation.configuration(actor),
        periodic=slots(now),
    )
