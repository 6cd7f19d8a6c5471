"""The world outside, as a process of its own: three kinds of provider with the rules real ones have, and a book.

Whatever is asked is written into the book, and synced, before it is answered; nothing is counted once that came twice.
Run: effect_world.py SOCKET BOOK
"""

import json
import os
import selectors
import socket
import sys
import time
from collections import defaultdict

LONGEST = 1_000_000
"""Bytes of one request."""
DOES = {"put", "send", "charge"}
ON_THE_WAY_S = 0.1
"""Where a place is slow, a request and its answer each take so long: kills fall into that time, too."""


class World:
    """What the providers know, by place: each test has a place of its own."""

    def __init__(self, book):
        self.book = os.open(book, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.pages, self.tokens = defaultdict(dict), {}
        self.letters = defaultdict(list)
        self.charges = defaultdict(dict)
        self.silent_about_letters = set()
        self.refuses = defaultdict(set)
        self.undo_failures = defaultdict(dict)
        self.slow = set()

    def answer(self, asked):
        on_the_way_s = ON_THE_WAY_S if asked["place"] in self.slow and asked["verb"] in DOES else 0
        time.sleep(on_the_way_s)
        told = getattr(self, f"on_{asked['verb']}")(asked)
        os.write(self.book, (json.dumps({**asked, "told": told}) + "\n").encode())
        os.fsync(self.book)
        time.sleep(on_the_way_s)
        return told

    def on_arrange(self, asked):
        """Let a place be as a test wants it."""
        place = asked["place"]
        if asked.get("silent_about_letters"):
            self.silent_about_letters.add(place)
        if asked.get("slow"):
            self.slow.add(place)
        self.refuses[place] = set(asked.get("refuses", ()))
        self.undo_failures[place] = dict(asked.get("undo_failures", {}))
        return {}

    def on_put(self, asked):
        if self._refuses(asked):
            return {"no": "refused"}
        if not self._is_in_time(asked):
            return {"no": "another worker came after you"}
        self.pages[asked["place"]][asked["key"]] = asked["name"]
        return {"did": True, "reference": f"page:{asked['name']}"}

    def on_get(self, asked):
        return {"found": self.pages[asked["place"]].get(asked["key"])}

    def on_delete(self, asked):
        if self._fails_to_undo(asked):
            return {"no": "try again"}
        if not self._is_in_time(asked):
            return {"no": "another worker came after you"}
        return {"did": self.pages[asked["place"]].pop(asked["key"], None) is not None}

    def on_send(self, asked):
        """An SMTP server takes whatever it is given, as often as it is given."""
        if self._refuses(asked):
            return {"no": "no such mailbox"}
        self.letters[asked["place"]].append(asked["key"])
        return {"did": True, "reference": f"letter:{len(self.letters[asked['place']])}"}

    def on_sent(self, asked):
        if asked["place"] in self.silent_about_letters:
            return {"silent": True}
        return {"found": "a copy in Sent" if asked["key"] in self.letters[asked["place"]] else None}

    def on_recipient(self, asked):
        """Ask the one it was written to: a person can, a program can't."""
        return {"found": self.letters[asked["place"]].count(asked["key"])}

    def on_charge(self, asked):
        """The rules of Stripe: the same key is the same answer, and with other words an error."""
        charges, said = self.charges[asked["place"]], [asked["name"], asked["amount"]]
        if asked["key"] in charges:
            known = charges[asked["key"]]
            return {**known["told"], "did": False} if known["said"] == said else {"no": "this key is taken"}
        if self._refuses(asked):
            return {"no": "card declined"}
        charges[asked["key"]] = {
            "said": said,
            "told": {"reference": f"charge:{asked['name']}"},
            "back": False,
        }
        return {"did": True, "reference": f"charge:{asked['name']}"}

    def on_charged(self, asked):
        known = self.charges[asked["place"]].get(asked["key"])
        return {"found": known["told"]["reference"] if known and not known["back"] else None}

    def on_refund(self, asked):
        known = self.charges[asked["place"]].get(asked["key"])
        if known is None:
            return {"no": "no such charge"}
        if self._fails_to_undo(asked):
            return {"no": "try again"}
        did, known["back"] = not known["back"], True
        return {"did": did, "reference": f"refund:{asked['name']}"}

    def _refuses(self, asked):
        return asked["name"] in self.refuses[asked["place"]]

    def _fails_to_undo(self, asked):
        left = self.undo_failures[asked["place"]]
        if left.get(asked["name"], 0) <= 0:
            return False
        left[asked["name"]] -= 1
        return True

    def _is_in_time(self, asked):
        """Whoever took the task later has the higher token: after it nobody earlier is let in."""
        known = self.tokens.get((asked["place"], asked["key"]), 0)
        self.tokens[asked["place"], asked["key"]] = max(known, asked["token"])
        return asked["token"] >= known


def serve(path, book):
    """Answer one request per connection, each whole one in the order in which the connections came."""
    world, waiting = World(book), selectors.DefaultSelector()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(256)
    listening.settimeout(0)
    waiting.register(listening, selectors.EVENT_READ)
    came, heard = {}, {}
    while True:
        ready = [key.fileobj for key, _ in waiting.select()]
        if listening in ready:
            caller, _ = listening.accept()
            caller.settimeout(0)
            waiting.register(caller, selectors.EVENT_READ)
            came[caller], heard[caller] = len(came), b""
            continue  # who came before is heard before
        for caller in sorted(ready, key=came.__getitem__):
            said = _heard(caller)
            heard[caller] += said
            if said and not heard[caller].endswith(b"\n") and len(heard[caller]) < LONGEST:
                continue
            waiting.unregister(caller)
            if heard[caller].endswith(b"\n"):
                _tell(caller, world.answer(json.loads(heard[caller])))
            caller.close()
            heard.pop(caller)


def _heard(caller):
    try:
        return caller.recv(LONGEST)
    except OSError:
        return b""


def _tell(caller, told):
    try:
        caller.sendall((json.dumps(told) + "\n").encode())
    except OSError:
        return  # it was killed meanwhile: what it asked for is done all the same


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
