DROP TABLE address_health;
