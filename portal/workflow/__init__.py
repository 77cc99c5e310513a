"""
Every change of the ground floor's records, one verb each, by the noun it changes.

Pages, API, admin and commands call these and write nothing of their own. Each verb locks what
it changes, asks the rules, saves the named fields with the person's name, and records the
event, in one transaction. Who may is asked before, by `portal.access`.
"""
