"""How an effect is brought to an end by whoever keeps the ledger: asked about before it is repeated."""

from opc_kernel.effects.connector import Absent, CannotTell, Found, NotDone, Sent, Unclear

MAX_ATTEMPTS = 5


def settled(connector, order, *, crashed=False):
    """Return what is known in the end: `sent`, `failed`, or `unknown`, which a person is asked about."""
    unclear = crashed
    for _ in range(MAX_ATTEMPTS):
        if unclear:
            match connector.find(order):
                case Found():
                    return "sent"
                case CannotTell():
                    return "unknown"
                case Absent():
                    unclear = False
        match connector.act(order):
            case Sent():
                return "sent"
            case NotDone(lasting=True):
                return "failed"
            case Unclear():
                unclear = True
    return "unknown"
