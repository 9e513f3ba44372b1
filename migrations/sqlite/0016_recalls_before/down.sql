DROP TABLE recalls_before;
