"""What the stages that run programs share: the sandbox's limits, and a look at plan time at whether there is one."""

from pydantic import BaseModel, ConfigDict, model_validator

from factory import sandbox
from factory.errors import UserError
from factory.sandbox import Backend, Limits, Outcome


class Sandboxed(BaseModel):
    """Runs programs in a sandbox. Raises ValueError when made where there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    limits: Limits = Limits()
    """What a program may use on one input."""
    backend: Backend | None = None
    """The sandbox to use; the first that works on the machine without it."""

    @model_validator(mode="after")
    def _usable(self) -> "Sandboxed":
        try:
            sandbox.need(self.backend)
        except UserError as error:
            raise ValueError(str(error)) from None
        return self

    def execute(self, program: str, stdin: str = "") -> Outcome:
        """Run a program to its end or to a limit."""
        return sandbox.run(program, stdin, self.limits, self.backend)


def complaint(outcome: Outcome) -> str:
    """Say in one line why a program did not end well: "timeout", "error: ZeroDivisionError: division by zero"."""
    if outcome.end != "error":
        return outcome.end
    last = outcome.stderr.strip().rpartition("\n")[2].strip()
    return f"error: {last or f'exit code {outcome.code}'}"[:200]
