"""T2 across processes: of eight threads in two processes that find a broken account, one tries it."""

import subprocess
import sys
import threading

from shop import SETTINGS

from opc_kernel.effects.connector import NotDone
from workbench import composition
from workbench.company import open_company

ACCOUNT = '\n[connectors.site]\nfolder = "pages"\n'
THREADS = 4


def knock(folder):
    """Be one process: let four threads knock at the same instant; print how many were let in."""
    with open_company(folder) as company:
        traffic = composition.traffic(company)
        connector = composition.connectors(company.settings, company.folder)["site"].sandbox
        gate, passed = threading.Barrier(THREADS), []

        def run():
            gate.wait()
            if traffic.admit(connector) is None:
                passed.append(True)

        print("ready", flush=True)  # noqa: T201 - the parent reads it
        sys.stdin.readline()
        threads = [threading.Thread(target=run) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(len(passed))  # noqa: T201 - the parent reads it


def test_of_two_processes_with_four_threads_each_one_tries(found):
    shop = found(SETTINGS + ACCOUNT)
    traffic = composition.traffic(shop.company, clock=shop.clock)
    connector = composition.connectors(shop.company.settings, shop.folder)["site"].sandbox
    shop.clock.move(days=-30)  # so that for the machine's clock the time is over
    for _ in range(5):
        traffic.admit(connector)
        traffic.told(connector, NotDone(reason="no"))
    shop.company.close()

    words = [sys.executable, __file__, str(shop.folder)]
    children = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for child in children:
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    told = [child.communicate(timeout=60)[0] for child in children]

    assert sorted(int(each) for each in told) == [0, 1]


if __name__ == "__main__":
    knock(sys.argv[1])
