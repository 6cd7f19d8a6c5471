"""People and firms as a one-person company meets them: each is written in one line."""

from opc_kernel.memory.identity.record import Record, read_record


def person(key: str, name: str = "", **known) -> Record:
    """Return a person of whom this is known."""
    return read_record(key, "person", region="DE", names=[name] if name else [], **_listed(known))


def firm(key: str, name: str = "", **known) -> Record:
    """Return a firm of which this is known."""
    return read_record(key, "firm", region="DE", **_listed({"firm": name, **known}))


def _listed(known):
    many = {"email": "emails", "phone": "phones", "address": "addresses", "firm": "firms"}
    listed = {
        many[word]: [value] if isinstance(value, str) else value
        for word, value in known.items()
        if word in many
    }
    return {key: [each for each in values if each] for key, values in listed.items()} | {
        word: value for word, value in known.items() if word not in many
    }
