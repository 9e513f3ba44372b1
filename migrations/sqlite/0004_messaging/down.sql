DROP TABLE opt_outs;
DROP TABLE message_reports;
DROP TABLE message_attempts;
DROP TABLE messages;
DROP TABLE templates;
