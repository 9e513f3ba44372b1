DROP TABLE gateway_turns;
