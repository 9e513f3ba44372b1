DROP INDEX messages_recipient;
DROP TABLE desk_answers;
DROP TABLE inbound_texts;
DROP TABLE conversations;
