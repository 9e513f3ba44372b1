DROP TABLE treatments;
DROP TABLE visits;
