DROP TABLE recalls;
DROP TABLE rules;
