"""What became of runs of jobs, put into a company's log as if they had been."""

from datetime import timedelta

from opc_kernel.event import ANY_VERSION, Write
from workbench.jobs.events import JobCompleted, JobFailed, JobMissed, JobStarted, stream_of


class Runs:
    """The runs of one company."""

    def __init__(self, shop):
        self.shop, self.number = shop, 0

    def completed(self, job, **outputs):
        self._ran(job, JobCompleted(run=self._begun(job), duration_s=1.0, outputs=outputs))

    def failed(self, job, reason):
        self._ran(job, JobFailed(run=self._begun(job), duration_s=1.0, reason=reason))

    def missed(self, job, count, reason):
        now = self.shop.clock.now()
        self._ran(job, JobMissed(first=now - timedelta(days=count), last=now, count=count, reason=reason))

    def _begun(self, job):
        self.number += 1
        run = f"run-{self.number}"
        started = JobStarted(
            run=run, root=run, trigger="schedule", mode="production", worker="test", time_limit_s=60, after=0
        )
        self._ran(job, started)
        return run

    def _ran(self, job, data):
        write = Write(stream=stream_of(job), data=data, actor="test")
        self.shop.company.append([write], expected={stream_of(job): ANY_VERSION})
