-- How does a run stand, and did another go on from it?
SELECT job, run, state, (SELECT any_value(later.run) FROM job_run AS later WHERE later.resumes = $run) AS later
FROM job_run
WHERE run = $run
