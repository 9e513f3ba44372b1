-- At most so many visits a day, whatever for; none: as many as fit.
ALTER TABLE providers ADD COLUMN day_max INTEGER CHECK (day_max BETWEEN 1 AND 200);
