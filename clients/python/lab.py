"""What a user has in a configuration file: who is who. And the levers of the lab that no SDK may know of."""

import contextlib
import json
import os
import time
import urllib.request
import uuid

from azure.identity import ClientSecretCredential

LAB = os.environ["KEYSTAY_LAB"]
GRAPH = "https://graph.microsoft.com/.default"


def control(method, path, body=None):
    """Asks the lab's control API."""
    request = urllib.request.Request(LAB + path, method=method)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


SEED = control("GET", "/lab/state-summary")["seed"]
HOME, JUNIPER, MARLOW = (SEED[name]["id"] for name in ("home", "juniper", "marlow"))
VAULT = f"https://{SEED['vault_host']}"
APP = SEED["ready_app"]
OPERATOR = SEED["operator"]

# the vendor's operations: may do everything in the vault
operations = ClientSecretCredential(HOME, OPERATOR["client_id"], OPERATOR["client_secret"])


def now():
    """The lab's time, in seconds since 1970."""
    return int(time.time()) + control("GET", "/lab/clock")["offset_millis"] // 1000


def fresh(prefix):
    """A name nobody used before."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


@contextlib.contextmanager
def fault(action, **where):
    """Breaks the lab for as long as the block lasts, and checks that a request met the fault."""
    control("DELETE", "/lab/faults")
    control("DELETE", "/lab/journal")
    control("POST", "/lab/faults", {"action": action, **where})
    try:
        yield
    finally:
        control("DELETE", "/lab/faults")
    wanted = action["status"]["code"] if "status" in action else None
    met = [entry for entry in journal() if entry["status"] == wanted]
    assert len(met) == where["times"], f"{len(met)} of {where['times']} faults were met"


def journal():
    """The requests since it was last cleared."""
    return control("GET", "/lab/journal")["entries"]
