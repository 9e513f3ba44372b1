DROP INDEX messages_turn;
