DROP TABLE call_attempts;
DROP TABLE call_tasks;
DROP TABLE scripts;
