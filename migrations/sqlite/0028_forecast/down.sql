DROP INDEX messages_due_at;
DROP TABLE message_forecasts;
