-- Whose turn it is: the most urgent of a channel first, however many wait behind. Only what waits is in it.
CREATE INDEX messages_turn ON messages (channel, priority, next_try_at, id) WHERE state = 'queued';
