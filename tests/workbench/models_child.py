"""A process that asks a model until it is stopped by a cap: `python models_child.py FOLDER NAME`."""

import sys

from opc_kernel.models.endpoint import ModelReply, Tokens
from opc_kernel.models.models import Models
from opc_kernel.models.port import NoModel, Use
from opc_kernel.models.prompt import Inputs, Prompt
from opc_kernel.testing import ScriptedModel
from workbench.company import open_company

WHOLE = ModelReply(text="ready", tokens=Tokens(sent=500, received=100))


class Question(Inputs):
    words: str


def main(folder, name):
    prompt = Prompt.load("opc_kernel.models", "check", inputs=Question, output=str)
    with open_company(folder) as company:
        settings = company.settings
        models = Models(company, ScriptedModel(WHOLE), company.clock, settings.models, zone=settings.tz)
        sys.stdout.write("there\n")
        sys.stdout.flush()
        sys.stdin.readline()
        for number in range(100):
            use = Use(capability="test", task=f"task/{name}")
            answer = models.text(prompt, Question(words=f"{name} {number}"), use=use)
            if isinstance(answer, NoModel):
                sys.stdout.write(f"{number} {answer.cause}\n")
                return


if __name__ == "__main__":
    main(*sys.argv[1:])
