"""What the processes of a run carry in their environment."""

COMPANY = "WORKBENCH_COMPANY"
"""Its folder, as the views have it, too."""
RUN = "WORKBENCH_RUN"
"""The run's id: by it all it started is found. Who starts a server takes it out: that outlives the run."""
JOB, MODE, ROOT = "WORKBENCH_JOB", "WORKBENCH_MODE", "WORKBENCH_ROOT"
"""The job's name, the mode that was asked for, and the first run of its chain."""
