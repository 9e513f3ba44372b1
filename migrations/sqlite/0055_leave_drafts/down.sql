DROP TABLE leave_drafts;
