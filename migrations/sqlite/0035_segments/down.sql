DROP INDEX visits_asked;
DROP TABLE segment_marks;
DROP TABLE segments;
