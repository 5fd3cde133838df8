SELECT 1;

SELECT bad_column;
CREATE TABLE never_made (id integer);
