"""What can be wrong with a job, each with what to do about it."""

from __future__ import annotations

from opc_kernel.errors import KernelError


class UnknownJob(KernelError):
    """No notebook has this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        names = ", ".join(known) or "none yet"
        super().__init__(
            f"No job is called {name!r}.",
            f"The jobs are: {names}. Your own lie in the company's folder jobs/, as NAME.ipynb or NAME.py.",
        )
        self.name = name


class UnknownRun(KernelError):
    """No run has this id, or several begin with it."""

    def __init__(self, run: str, count: int) -> None:
        super().__init__(
            f"No run is called {run!r}." if not count else f"{count} runs begin with {run!r}.",
            "See 'workbench job list --runs'.",
        )
        self.run = run


class NotResumable(KernelError):
    """A run that nothing can go on from."""

    def __init__(self, run: str, state: str) -> None:
        super().__init__(
            f"Run {run[:12]} {state}: nothing goes on from it.",
            "Only a failed run that none has gone on from can; begin anew with 'workbench job run'.",
        )
        self.run = run


class NotAJob(KernelError):
    """A notebook that can't be run as a job."""

    def __init__(self, name: str, reason: str, todo: str) -> None:
        super().__init__(f"{name} can't be run as a job: {reason}.", todo)
        self.name = name


class ParameterUnknown(KernelError):
    """A parameter that the notebook does not declare; papermill alone would only warn."""

    def __init__(self, job: str, names: tuple[str, ...], declared: tuple[str, ...]) -> None:
        super().__init__(
            f"{job} declares no parameter {', '.join(names)}.", f"It declares: {', '.join(declared)}."
        )
        self.names = names


class ParameterWrong(KernelError):
    """A value of another type than the one that the notebook declares."""

    def __init__(self, job: str, name: str, given: object, wanted: str) -> None:
        super().__init__(
            f"{job} can't take {name}={given!r}: it wants {wanted}.", "Give a value like the one it declares."
        )
        self.name = name


class SecretGiven(KernelError):
    """A parameter that holds a secret would stand in the log for ever."""

    def __init__(self, job: str, name: str) -> None:
        super().__init__(
            f"The parameter {name} of {job} holds a secret that this machine knows.",
            "What a run is given stands in the log: let the notebook read the secret where it is kept.",
        )


class StepTwice(KernelError):
    """A run has two steps of one name: the second would be taken for done."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"This run did a step {name!r} already.",
            'Give each step a name of its own, such as f"mail {customer}".',
        )


class JobRunning(KernelError):
    """Another run of the job goes on."""

    def __init__(self, job: str, run: str) -> None:
        super().__init__(
            f"A run of {job} goes on already ({run[:12]}): two at once never happen.",
            "Ask again once it has ended; see 'workbench job list --runs'.",
        )
        self.run = run


class ModeDiffers(KernelError):
    """The mode that a run was asked for is not the one its notebook works in."""

    def __init__(self, asked: str, found: object) -> None:
        super().__init__(
            f"This run was asked for in {asked}, and the notebook says {found!r}: nothing was done.",
            "Declare mode in the cell tagged 'parameters', hand it to begin(mode), and assign it nowhere else.",
        )


class Rehearsed(KernelError):
    """A notebook wanted to change something in the sandbox."""

    def __init__(self) -> None:
        super().__init__(
            "This run is in the sandbox: nothing is stored.",
            'Put what changes something into run.step("name", …): the sandbox passes over it.',
        )


class StepUnfit(KernelError):
    """What a step came to can't be kept."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"What the step {name!r} came to can't be kept: {reason}.",
            "Let it return JSON: texts, numbers, lists and dicts of those, or None.",
        )
