DROP TABLE audit_log;
DROP TABLE sign_in_attempts;
DROP TABLE one_time_links;
DROP TABLE api_tokens;
DROP TABLE sessions;
DROP TABLE staff_users;
DROP TABLE installation;
DROP TABLE job_runs;
